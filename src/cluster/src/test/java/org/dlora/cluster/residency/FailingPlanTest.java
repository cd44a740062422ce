package org.dlora.cluster.residency;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.dlora.device.MemoryLedger;
import org.dlora.scheduling.residency.ResidencyPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Tests of the log of a policy that fails, which is asked 20 times a second. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailingPlanTest {
    private final Logger logger = (Logger) LoggerFactory.getLogger(ResidencyPlanner.class);
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

    @BeforeEach
    void listen() {
        logged.start();
        logger.addAppender(logged);
    }

    @AfterEach
    void stop() {
        logger.detachAppender(logged);
    }

    @Test
    void failureIsLoggedOnceUntilItIsAnother() {
        try (var server = new ScriptedMemory(MemoryLedger.unlimited(), "0")) {
            server.register("a", ScriptedMemory.SMALL);
            server.policy(failing("first"));
            var loaded = server.memory.makeResident("a");
            plans(server, 3);
            server.policy(failing("second"));
            plans(server, 3);
            server.policy(ScriptedMemory.loading("a"));
            loaded.join();
        }
        assertThat(logged.list)
                .extracting(event -> event.getThrowableProxy().getMessage())
                .containsExactly("first", "second");
    }

    private static ResidencyPolicy failing(String message) {
        return _ -> {
            throw new IllegalStateException(message);
        };
    }

    private static void plans(ScriptedMemory server, int count) {
        for (int i = 0; i < count; i++) {
            server.awaitPlan();
        }
    }
}
