package org.dlora.app;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.dlora.background.ProcessEnd;
import org.springframework.boot.SpringApplication;
import org.springframework.core.env.Environment;

/**
 * Limit of the time from SIGTERM to the end of the process. A thread that hangs, or a shutdown
 * without memory, would keep the process for ever; Java can end neither.
 */
final class ShutdownLimit {
    private static final String PATIENCE = "spring.lifecycle.timeout-per-shutdown-phase";
    private static final Duration DEFAULT_PATIENCE = Duration.ofSeconds(30);

    /** Time for all that follows the wait for requests, such as the rest of the history. */
    private static final Duration CLOSING = Duration.ofSeconds(60);

    private final Duration limit;
    private final Consumer<String> end;
    private final String words;
    private final CountDownLatch closed = new CountDownLatch(1);

    /**
     * @param end ends the process with a line that says why
     */
    ShutdownLimit(Duration limit, Consumer<String> end) {
        this.limit = limit;
        this.end = end;
        words =
                "The server has not shut down within %d s and is ended; what it had not written is lost"
                        .formatted(limit.toSeconds());
    }

    /** Limits the shutdown of this process, which closes all contexts of Spring. */
    static void begin(Environment environment) {
        var patience = environment.getProperty(PATIENCE, Duration.class, DEFAULT_PATIENCE);
        var limit = new ShutdownLimit(patience.plus(CLOSING), ProcessEnd::now);
        SpringApplication.getShutdownHandlers().add(limit::closed);
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform().name("shutdown-limit").unstarted(limit::await));
    }

    /** Notes that all contexts are closed. */
    void closed() {
        closed.countDown();
    }

    /** Waits for that, within the limit. */
    void await() {
        try {
            if (closed.await(limit.toNanos(), TimeUnit.NANOSECONDS)) {
                return;
            }
        } catch (InterruptedException _) {
            // Nobody interrupts a hook of the shutdown.
        }
        end.accept(words);
    }
}
