package org.dlora.cluster.supervision;

import org.dlora.engine.Heartbeat;

/**
 * Check whether the thread of a replica hangs. The time of a turn is that of a {@link Stopwatch}
 * that each check looks at: where the whole process was stopped for a while, no replica hangs.
 *
 * <p>A turn that lasts longer than it may hangs, unless its thread still uses the processor and has
 * not had the time of the turn yet: then the machine is starved, and the replica is slow. The last
 * replica that serves is slow for as long as its thread uses the processor, up to the longest turn:
 * nobody would serve in its place.
 */
final class HangCheck {
    private final WatchdogSettings settings;
    private long lastBeat = -1;
    private Stopwatch turn = new Stopwatch(0);
    private TurnProgress progress = new TurnProgress(Double.NaN);

    HangCheck(WatchdogSettings settings) {
        this.settings = settings;
    }

    /** State of the turn that a thread is in. */
    enum Turn {
        IN_TIME,
        /** The turn lasts longer than it may, and goes on. */
        SLOW,
        HUNG
    }

    /**
     * Looks at the turn.
     *
     * @param processor seconds that the thread has used; NaN if unknown
     * @param isLast whether no other replica serves
     */
    Turn look(Heartbeat heartbeat, double processor, double now, boolean isLast) {
        if (heartbeat.isResting() || heartbeat.beat() != lastBeat) {
            turn = new Stopwatch(now);
            progress = new TurnProgress(processor);
        }
        lastBeat = heartbeat.beat();
        double seconds = turn.seconds(now);
        progress.look(processor, seconds);
        double limit = settings.limit(heartbeat.predicted());
        if (seconds <= limit) {
            return Turn.IN_TIME;
        }
        boolean goesOn = progress.used() > 0 && progress.still(seconds) <= settings.still();
        boolean mayGoOn =
                isLast
                        ? progress.used() <= settings.maximum()
                        : progress.used() <= limit && seconds <= settings.maximum();
        return goesOn && mayGoOn ? Turn.SLOW : Turn.HUNG;
    }

    /** Returns the seconds that the present turn has lasted, as far as they were seen. */
    double seconds() {
        return turn.seconds();
    }

    /** Returns the seconds of the processor that the present turn has used; 0 if unknown. */
    double processorSeconds() {
        return progress.used();
    }
}
