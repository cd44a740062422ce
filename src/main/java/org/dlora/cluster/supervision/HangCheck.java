package org.dlora.cluster.supervision;

import org.dlora.engine.Heartbeat;

/**
 * Check whether the thread of a replica hangs. The time of a turn is that of a {@link Stopwatch}
 * that each check looks at: where the whole process was stopped for a while, no replica hangs.
 */
final class HangCheck {
    private final WatchdogSettings settings;
    private long lastBeat = -1;
    private Stopwatch turn = new Stopwatch(0);

    HangCheck(WatchdogSettings settings) {
        this.settings = settings;
    }

    /** Returns whether the turn has lasted longer than it may. */
    boolean hangs(Heartbeat heartbeat, double now) {
        if (heartbeat.isResting() || heartbeat.beat() != lastBeat) {
            turn = new Stopwatch(now);
        }
        lastBeat = heartbeat.beat();
        return turn.seconds(now) > settings.limit(heartbeat.predicted());
    }

    /** Returns the seconds that the present turn has lasted, as far as they were seen. */
    double seconds() {
        return turn.seconds();
    }
}
