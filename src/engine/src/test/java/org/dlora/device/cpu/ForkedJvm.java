package org.dlora.device.cpu;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dlora.testing.JavaOutput;

/**
 * Result of a JVM of its own, for code that needs other flags or would end this JVM if it failed.
 */
public record ForkedJvm(int exitCode, String output) {

    static ForkedJvm run(Class<?> main, String... flags) throws IOException, InterruptedException {
        return run(main, List.of(flags), List.of());
    }

    /** Runs {@code main} with these flags of the JVM and arguments. */
    public static ForkedJvm run(Class<?> main, List<String> flags, List<String> arguments)
            throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(
                List.of(
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName()));
        command.addAll(arguments);
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = JavaOutput.of(process);
        return new ForkedJvm(process.waitFor(), output);
    }
}
