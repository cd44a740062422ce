package org.dlora.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.dlora.launcher.Launches.awaitLine;
import static org.dlora.launcher.Launches.onlyChildOf;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.dlora.testing.JavaOutput;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code java -jar dlora.jar prepare}, and starts of a jar with and without what it made. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PreparationIT {
    private static final String READY = "Ready at http://";

    /** An option with which Java uses no classes that were linked ahead of time. */
    private static final String UNLINKABLE = "--add-opens=java.base/java.lang=ALL-UNNAMED";

    private final Launches launches = new Launches();

    private Path place;
    private Path jar;
    private Path prepared;
    private Path cache;

    @BeforeEach
    void copyTheJar(@TempDir Path folder) throws IOException {
        place = folder.toRealPath();
        jar =
                Files.copy(
                        Path.of(System.getProperty("dlora.test.jar")),
                        place.resolve("some one.jar"));
        prepared = place.resolve("some one-prepared");
        cache = prepared.resolve("classes.aot");
    }

    @AfterEach
    void endAllServers() {
        launches.endAll();
    }

    @Test
    void startsWithWhatWasPreparedForThisJarAndJdkAlone() throws Exception {
        assertThat(outputOf(prepare(), 0)).contains("starts are faster from now on");
        assertThat(children(place)).containsExactlyInAnyOrder("some one.jar", "some one-prepared");
        assertThat(children(prepared))
                .containsExactlyInAnyOrder(
                        "classes.jar", "lib", "linked.jar", "classes.aot", "prepared-for");

        // This mode ends the start if the cache cannot be used.
        Process start =
                start(
                        "-XX:AOTMode=on",
                        "-Ddlora.cpu.vector=auto",
                        "-jar",
                        jar.toString(),
                        "--server.port=0");
        awaitLine(start, "Vector API, ");
        awaitLine(start, READY);
        assertThat(onlyChildOf(start).info().commandLine().orElseThrow())
                .contains("-XX:AOTCache=" + cache);
        end(start);
        assertThat(commandUsesCache()).isTrue();
        assertThat(
                        outputOf(
                                start(
                                        "-Xlog:aot=info",
                                        "-jar",
                                        jar.toString(),
                                        "residency",
                                        "--help"),
                                0))
                .contains("Using AOT-linked classes: true");
        assertThat(commandUsesCache("-Xshare:auto")).as("an archive of the user's").isFalse();
        for (String option : List.of(UNLINKABLE, "-XX:+UseZGC", "-Xmx33g", "-Xmx40960m")) {
            assertThat(commandUsesCache(option)).as(option).isFalse();
        }
        assertThat(commandUsesCache("-XX:+UseSerialGC", "-Xmx31g")).isTrue();

        var mark = prepared.resolve("prepared-for");
        var text = Files.readString(mark);
        Files.writeString(mark, text.replaceFirst("JDK .", "JDK x"));
        assertThat(commandUsesCache()).as("of another JDK").isFalse();

        Files.writeString(mark, text);
        Files.setPosixFilePermissions(prepared, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(commandUsesCache()).as("anybody's").isFalse();

        Files.setPosixFilePermissions(prepared, PosixFilePermissions.fromString("rwxr-xr-x"));
        var whole = Files.readAllBytes(cache);
        Files.write(cache, new byte[4096]);
        assertThat(outputOf(start("-jar", jar.toString(), "residency", "--help"), 0))
                .as("a damaged cache")
                .contains("Usage: java -jar dlora.jar residency");

        Files.write(cache, whole);
        assertThat(commandUsesCache()).isTrue();
        changeAnEntryOf(jar);
        assertThat(commandUsesCache()).as("of another jar").isFalse();
    }

    @Test
    void replacesAnOlderPreparationForTheOptionsGivenWhateverTheSettings() throws Exception {
        Files.createDirectory(prepared);
        Files.writeString(prepared.resolve("prepared-for"), "another jar");
        Files.writeString(prepared.resolve("classes.jar"), "old");
        var left = Files.createDirectory(place.resolve("some one-prepared.unfinished-999999999"));
        Files.writeString(left.resolve("start.log"), "");
        Files.writeString(place.resolve("application.yml"), "dlora: {no-such: 1}");

        Process process =
                start(
                        Map.of("DLORA_MODEL", "/no/such", "dlora.memory", "1"),
                        "-Dserver.port=1",
                        UNLINKABLE,
                        "-jar",
                        jar.toString(),
                        "prepare");

        assertThat(outputOf(process, 0)).contains("starts are faster from now on");
        assertThat(children(place))
                .containsExactlyInAnyOrder("some one.jar", "some one-prepared", "application.yml");
        assertThat(children(prepared))
                .containsExactlyInAnyOrder("classes.jar", "lib", "classes.aot", "prepared-for");
        assertThat(cache).isNotEmptyFile();
        assertThat(Files.size(prepared.resolve("classes.jar"))).isGreaterThan(1 << 20);
        Files.delete(place.resolve("application.yml"));
        assertThat(commandUsesCache(UNLINKABLE)).isTrue();
    }

    @Test
    void printsItsUsage() throws Exception {
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
    void leavesTheOldStateWhenItFails() throws Exception {
        Files.createDirectory(prepared);
        Path mark = Files.writeString(prepared.resolve("prepared-for"), "another jar");

        Process process = start("-Xmx8m", "-jar", jar.toString(), "prepare");

        assertThat(outputOf(process, 1)).contains("could not be prepared, and starts as before");
        assertThat(children(place)).containsExactlyInAnyOrder("some one.jar", "some one-prepared");
        assertThat(mark).hasContent("another jar");
    }

    @Test
    void leavesNothingWhenItIsInterrupted() throws Exception {
        var moments =
                Boolean.getBoolean("dlora.test.long")
                        ? List.of("lib", "start.log", "classes.aot.config")
                        : List.of("start.log");
        for (String file : moments) {
            Process process = prepare();
            Path next = unfinished(process);
            await().atMost(Duration.ofMinutes(2)).until(() -> Files.exists(next.resolve(file)));

            process.destroy();

            assertThat(process.waitFor()).isEqualTo(128 + 15);
            assertThat(children(place))
                    .as("interrupted at " + file)
                    .containsExactly("some one.jar");
        }
    }

    @Test
    void endsItsServerWhenItIsKilled() throws Exception {
        Process process = prepare();
        Path log = unfinished(process).resolve("start.log");
        await().atMost(Duration.ofMinutes(2)).until(() -> Files.exists(log) && Files.size(log) > 0);
        List<ProcessHandle> servers = process.children().toList();

        process.destroyForcibly();

        assertThat(servers).hasSize(1);
        servers.getFirst().onExit().join();
    }

    private Path unfinished(Process process) {
        return place.resolve("some one-prepared.unfinished-" + process.pid());
    }

    /** Returns whether a command of the jar read classes from the cache. */
    private boolean commandUsesCache(String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of(options));
        command.addAll(
                List.of("-Xlog:class+path=info", "-jar", jar.toString(), "residency", "--help"));
        String output = outputOf(start(command.toArray(String[]::new)), 0);
        assertThat(output)
                .contains("Usage: java -jar dlora.jar residency")
                .doesNotContain("[error]");
        return output.contains("Reading classpath(s) from " + cache);
    }

    private Process prepare() throws IOException {
        return start("-jar", jar.toString(), "prepare");
    }

    private Process start(String... arguments) throws IOException {
        return start(Map.of(), arguments);
    }

    private Process start(Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(place.toFile());
        builder.environment().putAll(environment);
        return launches.start(builder);
    }

    private static String outputOf(Process process, int code) throws Exception {
        String output = JavaOutput.of(process);
        assertThat(process.waitFor()).as(output).isEqualTo(code);
        return output;
    }

    private static void end(Process process) throws InterruptedException {
        process.destroy();
        assertThat(process.waitFor()).as("exit code after SIGTERM").isEqualTo(128 + 15);
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
