package org.dlora.cluster.facts;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Log of ended requests: one line each at level debug, by the logger {@value #LOGGER}. Times are
 * seconds since the arrival.
 */
public final class RequestLog implements RequestObserver {
    /** Name of the logger, a part of the interface to operators. */
    public static final String LOGGER = "org.dlora.requests";

    private static final Logger log = LoggerFactory.getLogger(LOGGER);
    private static final Pattern PLAIN = Pattern.compile("[\\w.:/@#+-]+");
    private static final int VERSION_DIGITS = 12;

    @Override
    public void ended(RequestFacts facts) {
        if (log.isDebugEnabled()) {
            log.debug("{}", line(facts));
        }
    }

    static String line(RequestFacts facts) {
        var usage = facts.usage();
        var times = facts.times();
        return ("Request id=%s client=%s model=%s version=%s replica=%s outcome=%s prompt=%d cached=%d output=%d"
                        + " preemptions=%d unmerged=%d merged=%d mixed=%d migrations=%d rescues=%d arrived=%s queued=%s ready=%s first=%s"
                        + " done=%s")
                .formatted(
                        text(facts.id()),
                        text(facts.clientId()),
                        text(facts.model()),
                        version(facts.version()),
                        text(facts.replica()),
                        facts.outcome().word(),
                        usage.promptTokens(),
                        usage.cachedTokens(),
                        usage.outputTokens(),
                        usage.preemptions(),
                        usage.steps().unmerged(),
                        usage.steps().merged(),
                        usage.steps().mixed(),
                        facts.migrations(),
                        facts.rescues(),
                        times.arrived(),
                        since(times.arrived(), times.queued()),
                        since(times.arrived(), times.adapterReady()),
                        since(times.arrived(), times.firstToken()),
                        since(times.arrived(), times.done()));
    }

    private static String version(@Nullable String version) {
        return version == null || version.length() <= VERSION_DIGITS
                ? text(version)
                : version.substring(0, VERSION_DIGITS);
    }

    private static String since(Instant arrived, @Nullable Instant time) {
        return time == null
                ? "-"
                : String.format(
                        Locale.ROOT, "%.6f", 1e-9 * Duration.between(arrived, time).toNanos());
    }

    /** Returns a text as one word, so that no name or id can imitate a field or a line. */
    private static String text(@Nullable String text) {
        if (text == null) {
            return "-";
        }
        return PLAIN.matcher(text).matches()
                ? text
                : '"' + text.replaceAll("\\p{Cntrl}", "?").replaceAll("[\"\\\\]", "\\\\$0") + '"';
    }
}
