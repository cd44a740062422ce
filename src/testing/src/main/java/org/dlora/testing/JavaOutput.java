package org.dlora.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

/** Output of a JVM that a test starts. */
public final class JavaOutput {
    private JavaOutput() {}

    /**
     * Returns the lines of standard output until its end, but for Java's note that it takes options
     * from the environment, as {@code .ci/run --processor} has it do.
     */
    public static String of(Process java) {
        return java.inputReader(UTF_8)
                .lines()
                .filter(line -> !line.startsWith("NOTE: Picked up JDK_JAVA_OPTIONS: "))
                .collect(joining("\n"));
    }
}
