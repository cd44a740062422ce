package org.dlora.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code java -jar dlora.jar prepare}, and starts of a jar with and without what it made. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PreparationIT {
    private static final String READY = "Ready at http://";

    private final List<Process> started = new ArrayList<>();

    @TempDir Path place;
    private Path jar;
    private Path prepared;
    private Path cache;

    @BeforeEach
    void copyTheJar() throws IOException {
        jar = Files.copy(Path.of(System.getProperty("dlora.test.jar")), place.resolve("some.jar"));
        prepared = place.resolve("some-prepared");
        cache = prepared.resolve("classes.aot");
    }

    @AfterEach
    void endAllServers() {
        started.stream()
                .flatMap(process ->
                        Stream.concat(process.descendants(), Stream.of(process.toHandle())))
                .toList()
                .forEach(ProcessHandle::destroyForcibly);
    }

    @Test
    void startsWithWhatWasPreparedForThisJarAlone() throws Exception {
        assertThat(outputOf(prepare(), 0)).contains("starts are faster from now on");
        assertThat(children(prepared))
                .containsExactlyInAnyOrder("some.jar", "lib", "classes.aot", "prepared-for");
        assertThat(outputOf(prepare(), 0)).contains("is prepared").contains("already");

        Process start = start("-jar", jar.toString(), "--server.port=0");
        assertThat(untilReady(start)).noneMatch(line -> line.contains("[aot]"));
        assertThat(serverCommand(start)).contains("-XX:AOTCache=" + cache);
        end(start);

        Files.write(cache, new byte[4096]);
        Process damaged = start("-jar", jar.toString(), "--server.port=0");
        untilReady(damaged);
        end(damaged);

        changeAnEntryOf(jar);
        Process other = start("-jar", jar.toString(), "--server.port=0");
        untilReady(other);
        assertThat(serverCommand(other)).doesNotContain("AOTCache");
    }

    @Test
    void passesTheExitCodeAndTheArgumentsOfCommands() throws Exception {
        assertThat(outputOf(start("-jar", jar.toString(), "prepare", "--help"), 0))
                .startsWith("Usage: java -jar dlora.jar prepare");
        assertThat(outputOf(start("-jar", jar.toString(), "prepare", "all"), 2))
                .startsWith("Usage: java -jar dlora.jar prepare");
        assertThat(prepared).doesNotExist();
    }

    @Test
    void leavesAFolderOfTheSameNameAlone() throws Exception {
        Path kept = Files.writeString(Files.createDirectory(prepared).resolve("notes"), "mine");

        assertThat(outputOf(prepare(), 1))
                .contains("could not be prepared", prepared + " exists and is none of ours");
        assertThat(kept).hasContent("mine");
    }

    @Test
    void leavesNothingOfAPreparationThatFails() throws Exception {
        Process process = start("-Xmx8m", "-jar", jar.toString(), "prepare");

        assertThat(outputOf(process, 1)).contains("could not be prepared, and starts as without");
        assertThat(prepared).doesNotExist();
    }

    @Test
    void leavesNothingWhenItIsInterrupted() throws Exception {
        Process process = prepare();
        await().atMost(Duration.ofMinutes(2))
                .until(() -> Files.isDirectory(prepared.resolve("home")));

        process.destroy();

        assertThat(process.waitFor()).isEqualTo(128 + 15);
        assertThat(prepared).doesNotExist();
    }

    @Test
    void beginsAnewAfterItWasKilled() throws Exception {
        Process process = prepare();
        Path log = prepared.resolve("start.log");
        await().atMost(Duration.ofMinutes(2)).until(() -> Files.exists(log) && Files.size(log) > 0);
        List<ProcessHandle> servers = process.children().toList();

        process.destroyForcibly();

        assertThat(servers).hasSize(1);
        servers.getFirst().onExit().join();
        assertThat(outputOf(prepare(), 0)).contains("starts are faster from now on");
    }

    @Test
    void takesNoPartForThePreparation() throws Exception {
        Files.createDirectories(prepared);
        Files.writeString(prepared.resolve("prepared-for"), "unfinished");
        Files.write(cache, new byte[4096]);

        Process start = start("-jar", jar.toString(), "--server.port=0");
        untilReady(start);

        assertThat(serverCommand(start)).doesNotContain("AOTCache").contains("-jar " + jar);
    }

    private Process prepare() throws IOException {
        return start("-jar", jar.toString(), "prepare");
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(Arrays.asList(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        started.add(process);
        return process;
    }

    private static String outputOf(Process process, int code) throws Exception {
        String output = String.join("\n", process.inputReader().readAllLines());
        assertThat(process.waitFor()).as(output).isEqualTo(code);
        return output;
    }

    /** Returns a server's output until it is ready. */
    private static List<String> untilReady(Process process) throws IOException {
        List<String> seen = new ArrayList<>();
        BufferedReader output = process.inputReader();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            seen.add(line);
            if (line.contains(READY)) {
                return seen;
            }
        }
        throw new AssertionError("Ended before it was ready; its output was " + seen);
    }

    private static void end(Process process) throws InterruptedException {
        process.destroy();
        assertThat(process.waitFor()).as("exit code after SIGTERM").isEqualTo(128 + 15);
    }

    /** Returns the command line of the JVM that the launcher has started. */
    private static String serverCommand(Process launcher) {
        List<ProcessHandle> children = launcher.children().toList();
        assertThat(children).as("processes started by the launcher").hasSize(1);
        return children.getFirst().info().commandLine().orElseThrow();
    }

    private static List<String> children(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static void changeAnEntryOf(Path jar) throws IOException {
        try (var entries = FileSystems.newFileSystem(jar)) {
            Files.writeString(entries.getPath("META-INF/changed"), "");
        }
    }
}
