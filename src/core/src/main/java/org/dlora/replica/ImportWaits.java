package org.dlora.replica;

import java.util.List;

/**
 * Counts of the steps in which sequences from other replicas wait for their first token here. A
 * step that ran when a sequence was sent counts too, as commands are applied between steps.
 */
final class ImportWaits {
    /** Seconds after a step in which the commands that came while it ran are applied. */
    private static final double DRAIN = 0.001;

    private long steps;
    private double seconds;
    private double last;
    private boolean isBusy;
    private double endedAt = Double.NEGATIVE_INFINITY;

    /**
     * The steps before a sequence was sent here.
     *
     * @param seconds of all of them
     */
    record Arrival(long steps, double seconds) {}

    /**
     * Notes that a command is applied while there are no sequences. It was sent while the last step
     * ran if that has just ended.
     */
    void idle(double now) {
        isBusy &= now <= endedAt + DRAIN;
    }

    /** Returns the mark of a sequence that arrives now. */
    Arrival arrival() {
        return isBusy ? new Arrival(steps - 1, seconds - last) : new Arrival(steps, seconds);
    }

    /**
     * Notes the end of a step, and reports the sequences that have their first token in it.
     *
     * @param its seconds
     */
    void ended(
            PlannedStep step,
            double its,
            double now,
            Sequences sequences,
            List<ReplicaEvent> events) {
        endedAt = now;
        steps++;
        seconds += its;
        last = its;
        isBusy = true;
        for (var chunk : step.chunks()) {
            var sequence = chunk.samples() ? sequences.find(chunk.sequence()) : null;
            var arrival = sequence == null ? null : sequence.takeArrival();
            if (sequence != null && arrival != null) {
                events.add(
                        new ReplicaEvent.Resumed(
                                sequence.request().id(),
                                sequence.epoch(),
                                Math.toIntExact(steps - arrival.steps),
                                seconds - arrival.seconds));
            }
        }
    }
}
