package org.dlora.cluster.rebalance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class BackgroundPriorityTest {
    private static final Duration LONG = Duration.ofMinutes(2);

    @Test
    @EnabledOnOs(OS.LINUX)
    void theSolverAndItsThreadsHaveTheLowestPriority() throws InterruptedException {
        int own = nice();
        var solver = new AtomicInteger();
        var child = new AtomicInteger();
        var run =
                new LimitedRun(
                        () -> {
                            solver.set(nice());
                            var thread = Thread.ofPlatform().start(() -> child.set(nice()));
                            try {
                                thread.join();
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        },
                        () -> {});
        assertThat(run.await(LONG)).isTrue();
        assertThat(run.failure()).isNull();
        assertThat(solver).hasValue(19);
        assertThat(child).hasValue(19);
        assertThat(nice()).isEqualTo(own);
    }

    /** Returns the nice value of the calling thread. */
    private static int nice() {
        try {
            var stat = Files.readString(Path.of("/proc/thread-self/stat"));
            // The second field, a name in brackets, may hold spaces; nice is the nineteenth.
            return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[16]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
