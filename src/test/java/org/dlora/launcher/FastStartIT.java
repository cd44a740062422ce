package org.dlora.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The script that makes Java prepare a start ahead of time. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FastStartIT {
    private static final String PREPARING = "preparing for this jar and JDK";
    private static final String READY = "Ready at http://127.0.0.1:";

    @TempDir Path caches;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void endAllServers() {
        started.forEach(process -> {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        });
    }

    @Test
    void preparesOnceAndMendsADamagedPreparation() throws Exception {
        assertThat(untilReady(start(caches, jar()))).anyMatch(line -> line.contains(PREPARING));
        Path place = onlyPlace();
        assertThat(place.resolve("dlora.aot")).isNotEmptyFile();

        assertThat(untilReady(start(caches, jar())))
                .noneMatch(line -> line.contains(PREPARING))
                .noneMatch(line -> line.contains("[aot]"));

        Files.write(place.resolve("dlora.aot"), new byte[4096]);
        untilReady(start(caches, jar()));

        Files.delete(place.resolve("dlora.aot"));
        assertThat(untilReady(start(caches, jar()))).anyMatch(line -> line.contains(PREPARING));
        assertThat(place.resolve("dlora.aot")).isNotEmptyFile();
        assertThat(onlyPlace()).as("no other files are left").isEqualTo(place);
    }

    @Test
    void startsWithoutAPreparationThatFails() throws Exception {
        Path file = Files.createFile(caches.resolve("file"));

        assertThat(untilReady(start(file, jar())))
                .anyMatch(line -> line.contains("could not prepare in " + file));
    }

    @Test
    void printsItsUsage() throws Exception {
        Process process = start(caches, Path.of("/no/such.jar"));

        assertThat(process.inputReader().readAllLines())
                .anyMatch(line -> line.startsWith("Usage: "));
        assertThat(process.waitFor()).isEqualTo(2);
    }

    private static Path jar() {
        return Path.of(System.getProperty("dlora.test.jar"));
    }

    private Path onlyPlace() throws IOException {
        try (var places = Files.list(caches.resolve("dlora/aot"))) {
            List<Path> all = places.toList();
            assertThat(all).hasSize(1);
            return all.getFirst();
        }
    }

    @Test
    void namesAMissingJar() throws Exception {
        Process process = start(caches, Path.of("nope.jar"));
        assertThat(process.inputReader().readLine())
                .isEqualTo("fast-start: nope.jar does not exist");
        assertThat(process.waitFor()).isEqualTo(2);
    }

    private Process start(Path cacheHome, Path jar) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(
                                "src/main/launcher/fast-start",
                                jar.toString(),
                                "--server.port=0",
                                "--dlora.weights-cache=off")
                        .redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("XDG_CACHE_HOME", cacheHome.toString());
        Process process = builder.start();
        started.add(process);
        return process;
    }

    /** Returns a server's output until it is ready, then ends the server as a user would. */
    private static List<String> untilReady(Process process)
            throws IOException, InterruptedException {
        List<String> seen = new ArrayList<>();
        BufferedReader output = process.inputReader();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            seen.add(line);
            if (line.contains(READY)) {
                process.destroy();
                assertThat(process.waitFor()).as("exit code after SIGTERM").isEqualTo(128 + 15);
                return seen;
            }
        }
        throw new AssertionError("Ended before it was ready; its output was " + seen);
    }
}
