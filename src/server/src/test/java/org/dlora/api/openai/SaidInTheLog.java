package org.dlora.api.openai;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Log of the classes while it is open: of all classes, and by those of dLoRA also for debugging.
 */
final class SaidInTheLog extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private final Logger root = logger(Logger.ROOT_LOGGER_NAME);
    private final Logger own = logger("org.dlora");
    private final @Nullable Level before = own.getLevel();
    private final BlockingQueue<ILoggingEvent> events = new LinkedBlockingQueue<>();

    SaidInTheLog() {
        own.setLevel(Level.DEBUG);
        root.addAppender(this);
        start();
    }

    private static Logger logger(String name) {
        return (Logger) LoggerFactory.getLogger(name);
    }

    @Override
    protected void append(ILoggingEvent event) {
        events.add(event);
    }

    /** The next event, waited for. */
    ILoggingEvent next() throws InterruptedException {
        var event = events.poll(20, TimeUnit.SECONDS);
        if (event == null) {
            throw new AssertionError("nothing was logged");
        }
        return event;
    }

    /** Returns the remaining messages so far. */
    List<String> rest() {
        return events.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Override
    public void close() {
        root.detachAppender(this);
        own.setLevel(before);
        stop();
    }
}
