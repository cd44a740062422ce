package org.dlora.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlora.launcher.Launches.awaitLine;
import static org.dlora.launcher.Launches.onlyChildOf;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** {@code java -jar dlora.jar} as users type it: without flags, and with any version of Java. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(value = 3, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LauncherIT {

    private static final Path JDK_25 = Path.of(System.getProperty("java.home"));
    private static final String NETWORK_IS_UP = "Netty started on port";

    private final Launches launches = new Launches();

    @AfterEach
    void endAllServers() {
        launches.endAll();
    }

    @Test
    void startsTheServerOnAnyJavaAndForwardsTermination() throws Exception {
        Process launcher = start(oldestJava(), List.of(), List.of("--server.port=0"));
        awaitLine(launcher, NETWORK_IS_UP);
        ProcessHandle server = onlyChildOf(launcher);

        launcher.destroy();

        assertThat(launcher.waitFor()).as("exit code after SIGTERM").isEqualTo(128 + 15);
        assertThat(server.isAlive()).as("server runs on after its launcher").isFalse();
    }

    @Test
    void endsTheServerWhenTheLauncherIsKilled() throws Exception {
        Process launcher = start(JDK_25, List.of(), List.of("--server.port=0"));
        awaitLine(launcher, NETWORK_IS_UP);
        ProcessHandle server = onlyChildOf(launcher);

        launcher.destroyForcibly();

        server.onExit().join();
    }

    @Test
    void startsNoSecondJvmWhereTheModuleIsPresent() throws Exception {
        Process server =
                start(
                        JDK_25,
                        List.of("--add-modules=jdk.incubator.vector"),
                        List.of("--server.port=0"));

        awaitLine(server, NETWORK_IS_UP);

        assertThat(server.children()).isEmpty();
    }

    @Test
    void passesJvmOptionsAndReturnsTheExitCode() throws Exception {
        Process launcher =
                start(
                        JDK_25,
                        List.of("-Ddlora.model=/no such folder"),
                        List.of("--server.port=0", "--dlora.served-name=given name"));

        List<String> output = launcher.inputReader().readAllLines();

        assertThat(launcher.waitFor()).isEqualTo(1);
        assertThat(String.join("\n", output)).contains("given name from /no such folder");
    }

    private Process start(Path javaHome, List<String> options, List<String> arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(javaHome.resolve("bin/java").toString());
        command.addAll(options);
        command.add("-jar");
        command.add(System.getProperty("dlora.test.jar"));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("JAVA_HOME", JDK_25.toString());
        return launches.start(builder);
    }

    /**
     * Returns an older Java where Debian and its derivatives install them; the JDK of this test
     * otherwise.
     */
    private static Path oldestJava() {
        File[] homes = new File("/usr/lib/jvm").listFiles();
        return Stream.of(homes == null ? new File[0] : homes)
                .map(File::toPath)
                .filter(home -> Files.isExecutable(home.resolve("bin/java")))
                .filter(home ->
                        home.getFileName().toString().matches("java-(8|11|17|21)-openjdk.*"))
                .sorted()
                .findFirst()
                .orElse(JDK_25);
    }
}
