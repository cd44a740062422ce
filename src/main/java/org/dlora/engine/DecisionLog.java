package org.dlora.engine;

import java.util.ArrayList;
import java.util.List;
import org.dlora.replica.RecordedStep;
import org.jspecify.annotations.Nullable;

/**
 * Ring buffer of a replica's last {@value #CAPACITY} steps with their decisions, for reports.
 * Thread-safe.
 */
final class DecisionLog {
    /** How many steps are kept. */
    static final int CAPACITY = 256;

    private final @Nullable RecordedStep[] ring = new RecordedStep[CAPACITY];
    private long count;

    synchronized void add(RecordedStep step) {
        ring[(int) (count++ % CAPACITY)] = step;
    }

    /** The last ones, at most {@code most}, the newest first. */
    synchronized List<RecordedStep> latest(int most) {
        var steps = new ArrayList<RecordedStep>();
        for (long i = count - 1; i >= Math.max(0, count - CAPACITY) && steps.size() < most; i--) {
            var step = ring[(int) (i % CAPACITY)];
            if (step != null) {
                steps.add(step);
            }
        }
        return steps;
    }
}
