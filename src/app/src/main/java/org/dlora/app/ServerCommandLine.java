package org.dlora.app;

import java.util.Arrays;
import java.util.Optional;

/**
 * The command line of the server: settings as {@code --name=value}. Spring ignores everything else,
 * so a typing error would start a server with unintended settings.
 */
final class ServerCommandLine {
    static final String USAGE =
            """
            Usage: java -jar dlora.jar [--NAME=VALUE]...      serve; the settings are explained in application.yml, e.g.
                     --dlora.model=DIR --dlora.adapters.roots=DIR --server.port=8080
                   java -jar dlora.jar inspect --help         report on an adapter's folder
                   java -jar dlora.jar profile --help         say where the time of a step goes
                   java -jar dlora.jar selftest --help        compare what a device computes with plain loops
                   java -jar dlora.jar bench --help           put load on a server and measure its answers
                   java -jar dlora.jar residency --help       compare rules of evicting adapters
                   java -jar dlora.jar keys --help            make, list, rotate and revoke API keys
                   java -jar dlora.jar users --help           make, list, change and remove users of the console
                   java -jar dlora.jar prepare --help         make later starts faster
            """;

    private ServerCommandLine() {}

    /** Returns the problem of {@code args}; empty if there is none. */
    static Optional<String> problem(String... args) {
        return Arrays.stream(args)
                .filter(arg -> !arg.matches("(?s)--[^=\\s]+(=.*)?"))
                .findFirst()
                .map(arg -> "'%s' is neither a command nor a setting --NAME=VALUE.".formatted(arg));
    }

    static boolean asksForHelp(String... args) {
        return Arrays.asList(args).contains("--help") || Arrays.asList(args).contains("-h");
    }
}
