package org.dlora.app;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Servers that do not start as a test wants them: none of their processes outlasts the failure. */
@DisabledOnOs(OS.WINDOWS)
class ServerProcessTest {
    private static final String READY = "echo Ready at http://127.0.0.1:1 with model none; ";

    @TempDir Path folder;

    /** Returns the command of a process that is no server and ends only if it is ended. */
    private static ProcessBuilder script(String script, String... arguments) {
        var command = new ArrayList<>(List.of("sh", "-c", script));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }

    private Path log() {
        return folder.resolve("log");
    }

    @Test
    void aServerWhoseConditionFailsIsEnded() {
        var builder = script(READY + "exec sleep 600", ServerProcess.ALONE);
        var started = new AtomicReference<ServerProcess>();
        assertThatThrownBy(() ->
                        ServerProcess.start(
                                log(),
                                builder,
                                server -> {
                                    started.set(server);
                                    throw new AssertionError("The catalogue is not ready");
                                }))
                .hasMessage("The catalogue is not ready");
        assertThat(started.get().isAlive()).isFalse();
    }

    @Test
    void allProcessesOfAServerThatIsNotAsExpectedAreEnded() throws Exception {
        // A launcher has one child.
        var builder = script("sleep 600 & sleep 600 & echo $$ $!; " + READY + "wait");
        assertThatThrownBy(() -> new ServerProcess(log(), builder))
                .isInstanceOf(AssertionError.class);
        var ids = Files.readString(log()).lines().findFirst().orElseThrow();
        for (var id : ids.split(" ", -1)) {
            var left = ProcessHandle.of(Long.parseLong(id));
            if (left.isPresent()) {
                var _ = left.get().onExit().get(1, MINUTES);
            }
        }
    }
}
