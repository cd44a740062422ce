package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code java -jar dlora.jar inspect}: nothing but the report, and the exit code. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
class InspectIT {
    private static final Path BAD = TestFiles.golden("bad");

    @TempDir Path temporary;

    @Test
    void reportsOnAnAdapterOfTheDemoAndLeavesNoFiles() throws Exception {
        var report = inspect(0, TestFiles.demo("adapters/rot13").toString());

        assertThat(report).startsWith("adapter   rot13\n").contains("\nverdict   served\n");
        try (var left = Files.list(temporary)) {
            assertThat(left.filter(file -> file.toString().contains("dlora"))).isEmpty();
        }
    }

    @Test
    void reportsOnARefusedAdapter() throws Exception {
        var report =
                inspect(
                        1,
                        BAD.resolve("adapter-nan").toString(),
                        "--model=" + BAD.resolve("base-model"));

        assertThat(report)
                .startsWith("adapter   adapter-nan\n")
                .contains("\nverdict   refused\n", "holds NaN");
    }

    @Test
    void refusesWrongUsage() throws Exception {
        assertThat(inspect(2)).isEmpty();
    }

    /** Returns the output, and asserts the exit code. */
    private String inspect(int exitCode, String... args) throws IOException, InterruptedException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var command = new ArrayList<>(List.of(java, "-Djava.io.tmpdir=" + temporary, "-jar"));
        command.addAll(List.of(System.getProperty("dlora.test.jar"), "inspect"));
        command.addAll(List.of(args));
        var builder = new ProcessBuilder(command);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.redirectError(temporary.resolve("errors").toFile());
        var process = builder.start();
        try {
            var output = process.inputReader().readAllAsString();
            assertThat(process.waitFor()).as(() -> output + errors()).isEqualTo(exitCode);
            return output;
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private String errors() {
        try {
            return Files.readString(temporary.resolve("errors"));
        } catch (IOException e) {
            return e.toString();
        }
    }
}
