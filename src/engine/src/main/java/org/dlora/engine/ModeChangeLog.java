package org.dlora.engine;

import java.util.Optional;
import org.dlora.scheduling.Mode;

/**
 * Rate limiter for log lines about a replica's changes of mode. A policy may change the mode many
 * times a second. So there is at most one line in 10 s, which counts the changes before it that
 * were not logged.
 */
final class ModeChangeLog {
    private static final double INTERVAL = 10;

    private double said = Double.NEGATIVE_INFINITY;
    private long unsaid;

    /**
     * The mode has changed.
     *
     * @param now seconds
     * @return the line, if one is due
     */
    Optional<String> changed(Mode before, Mode after, String why, double now) {
        if (now - said < INTERVAL) {
            unsaid++;
            return Optional.empty();
        }
        var line = "goes from %s to %s: %s".formatted(before, after, why);
        var more = unsaid == 0 ? "" : " (%d changes before it were not logged)".formatted(unsaid);
        said = now;
        unsaid = 0;
        return Optional.of(line + more);
    }
}
