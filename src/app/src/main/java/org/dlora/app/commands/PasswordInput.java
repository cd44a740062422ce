package org.dlora.app.commands;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reader of a new password: from a file, from the terminal without echo, or a line of the standard
 * input. It is never an argument, which other users of the machine see.
 */
final class PasswordInput {
    private PasswordInput() {}

    /**
     * Returns the password.
     *
     * @param file whose first line it is, null for none
     * @param input read if there is neither a file nor a terminal
     * @throws KeyDeskException if there is none
     */
    @SuppressWarnings("SystemConsoleNull") // With JDK 25 it is null again where no terminal is.
    static String read(@Nullable Path file, InputStream input) {
        try {
            if (file != null) {
                return line(Files.newInputStream(file), "The file %s".formatted(file));
            }
            var console = System.console();
            return console != null && console.isTerminal()
                    ? typed(console)
                    : line(input, "The standard input");
        } catch (IOException e) {
            throw new KeyDeskException("The password cannot be read: %s".formatted(e));
        }
    }

    private static String typed(Console console) {
        var first = console.readPassword("Password: ");
        var again = console.readPassword("Password again: ");
        if (first == null || again == null) {
            throw new KeyDeskException("No password was typed.");
        }
        try {
            if (!Arrays.equals(first, again)) {
                throw new KeyDeskException("The two passwords differ.");
            }
            return new String(first);
        } finally {
            Arrays.fill(first, ' ');
            Arrays.fill(again, ' ');
        }
    }

    private static String line(InputStream input, String what) throws IOException {
        try (var reader = new BufferedReader(new InputStreamReader(input, UTF_8))) {
            var line = reader.readLine();
            if (line == null || line.isEmpty()) {
                throw new KeyDeskException(what + " has no password in its first line.");
            }
            return line;
        }
    }
}
