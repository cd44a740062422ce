package org.dlora.console.journal;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * The last {@value #KEPT} lines of the process's log in memory. Secrets are removed before a line
 * is kept. Thread-safe.
 */
@Component
final class LogLines implements DisposableBean {
    static final int KEPT = 1000;

    /** Characters of a line that are kept. */
    private static final int LONGEST = 8000;

    private final Redaction redaction;
    private final Deque<LogLine> lines = new ArrayDeque<>();
    private final Logger root;
    private final Appender appender = new Appender();
    private long count;

    LogLines(Redaction redaction) {
        this.redaction = redaction;
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        appender.setContext(context);
        appender.setName("console");
        appender.start();
        root.addAppender(appender);
    }

    /** Unsynchronised, as a line is made ready outside the lock: threads do not wait for it. */
    private final class Appender extends UnsynchronizedAppenderBase<ILoggingEvent> {
        @Override
        protected void append(ILoggingEvent event) {
            var thrown = event.getThrowableProxy();
            var text =
                    thrown == null
                            ? event.getFormattedMessage()
                            : event.getFormattedMessage()
                                    + "\n"
                                    + ThrowableProxyUtil.asString(thrown);
            add(event, text == null ? "" : text);
        }
    }

    private void add(ILoggingEvent event, String text) {
        // Cut after the removal, so that no part of a secret is left at the end.
        var hidden = redaction.hide(text.substring(0, Math.min(text.length(), 2 * LONGEST)));
        var shown = hidden.length() <= LONGEST ? hidden : hidden.substring(0, LONGEST) + "…";
        synchronized (lines) {
            count++;
            lines.addFirst(
                    new LogLine(
                            count,
                            event.getInstant(),
                            event.getLevel().toString(),
                            event.getLoggerName(),
                            event.getThreadName(),
                            shown));
            if (lines.size() > KEPT) {
                lines.removeLast();
            }
        }
    }

    /**
     * Returns lines, the newest first.
     *
     * @param level of the least important ones, such as {@code WARN}
     * @param part text that a line or its logger has; empty for all
     */
    List<LogLine> last(String level, String part, int most) {
        List<LogLine> all;
        synchronized (lines) {
            all = List.copyOf(lines);
        }
        var least = Level.toLevel(level, Level.TRACE);
        return matching(all.stream(), part)
                .filter(line -> Level.toLevel(line.level()).isGreaterOrEqual(least))
                .limit(most)
                .toList();
    }

    private static Stream<LogLine> matching(Stream<LogLine> lines, String part) {
        return part.isEmpty()
                ? lines
                : lines.filter(line -> line.text().contains(part) || line.logger().contains(part));
    }

    @Override
    public void destroy() {
        root.detachAppender(appender);
        appender.stop();
    }
}
