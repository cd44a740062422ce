package org.dlora.engine.opening;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A line a second at most, and one for the end. */
class ProgressTest {
    private final Logger log = (Logger) LoggerFactory.getLogger("org.dlora.test.progress");
    private final ListAppender<ILoggingEvent> said = new ListAppender<>();
    private final SetClock clock = new SetClock();

    @BeforeEach
    void listen() {
        said.start();
        log.addAppender(said);
    }

    @AfterEach
    void stop() {
        log.detachAppender(said);
    }

    @Test
    void speaksOnceASecondAndAtTheEnd() {
        var progress = new Progress(log, clock, "Packed layer", 5);
        clock.millis = 999;
        progress.reached(1);
        assertThat(lines()).isEmpty();
        clock.millis = 1000;
        progress.reached(2);
        clock.millis = 1500;
        progress.reached(3);
        clock.millis = 1999;
        progress.reached(4);
        assertThat(lines()).containsExactly("Packed layer 2/5");
        progress.reached(5);
        assertThat(lines()).containsExactly("Packed layer 2/5", "Packed layer 5/5");
    }

    private List<String> lines() {
        return said.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    private static final class SetClock extends Clock {
        private long millis;

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(millis);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
