package org.dlora.cluster.supervision;

import org.dlora.engine.Heartbeat;

/**
 * Check whether the thread of a replica hangs. The time of a turn is summed up over the checks, and
 * a check counts for a second at most: where the whole process was stopped for a while, no replica
 * hangs.
 */
final class HangCheck {
    /** Seconds that one check counts for at most. */
    private static final double MOST = 1;

    private final WatchdogSettings settings;
    private long lastBeat = -1;
    private double lastCheck = Double.NaN;
    private double seconds;

    HangCheck(WatchdogSettings settings) {
        this.settings = settings;
    }

    /** Returns whether the turn has lasted longer than it may. */
    boolean hangs(Heartbeat heartbeat, double now) {
        if (heartbeat.isResting() || heartbeat.beat() != lastBeat) {
            seconds = 0;
        } else {
            seconds += Math.min(MOST, now - lastCheck);
        }
        lastBeat = heartbeat.beat();
        lastCheck = now;
        return seconds > settings.limit(heartbeat.predicted());
    }

    /** Returns the seconds that the present turn has lasted, as far as they were seen. */
    double seconds() {
        return seconds;
    }
}
