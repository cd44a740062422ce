package org.dlora.app.commands;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/**
 * Options of commands that work through the running server if there is one, else in the database.
 */
final class DeskOptions {
    @Spec(Target.MIXEE)
    private @Nullable CommandSpec spec;

    @Option(
            names = "--url",
            defaultValue = "http://127.0.0.1:8080",
            scope = ScopeType.INHERIT,
            description = "address of the server (${DEFAULT-VALUE})")
    private String url = "";

    @Option(
            names = "--key-file",
            scope = ScopeType.INHERIT,
            description =
                    "file with a key of scope admin, for the server; else the environment variable DLORA_KEY")
    private @Nullable Path keyFile;

    @Option(
            names = "--home",
            scope = ScopeType.INHERIT,
            description = "folder of the database if no server answers; else that of the settings")
    private @Nullable String home;

    @Option(
            names = "--help",
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "print this")
    @SuppressWarnings("UnusedVariable") // Picocli asks for it.
    private boolean isHelp;

    /**
     * Does the work of a command, and returns its exit code: 1 if it is refused, which the
     * command's errors say.
     *
     * @param atServer takes the calls of a server that answers, which it closes
     * @param inDatabase takes the folder of the database, null for that of the settings
     */
    <D extends Desk> int with(
            Function<AdminCalls, D> atServer,
            Function<@Nullable String, D> inDatabase,
            Consumer<D> work) {
        try (var desk = desk(atServer, inDatabase)) {
            work.accept(desk);
            return 0;
        } catch (KeyDeskException e) {
            requireNonNull(spec).commandLine().getErr().println(e.getMessage());
            return 1;
        }
    }

    private <D extends Desk> D desk(
            Function<AdminCalls, D> atServer, Function<@Nullable String, D> inDatabase) {
        var server = new AdminCalls(url, key());
        try {
            if (server.isThere()) {
                return atServer.apply(server);
            }
        } catch (KeyDeskException | IllegalArgumentException e) {
            server.close();
            throw new KeyDeskException(String.valueOf(e.getMessage()));
        }
        server.close();
        return inDatabase.apply(home);
    }

    private Optional<String> key() {
        if (keyFile == null) {
            return Optional.ofNullable(System.getenv("DLORA_KEY")).filter(text -> !text.isBlank());
        }
        try {
            return Optional.of(Files.readString(keyFile).strip());
        } catch (IOException e) {
            throw new KeyDeskException(
                    "The file of the key, %s, cannot be read: %s".formatted(keyFile, e));
        }
    }
}
