package org.dlora.bench.profile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Collects the timed operations of steps. A step lasts from its beginning to that of the next one,
 * so that what the engine does in between belongs to it. Operations come from one thread; {@link
 * #start} and {@link #stop} may be called from any.
 */
final class StepRecorder {
    private static final double NANOS = 1e9;

    private final List<ProfiledStep> steps = new ArrayList<>();
    private final Map<String, Tally> open = new LinkedHashMap<>();
    private boolean isOpen;
    private long begin;
    private long ownNanos;
    private volatile int wanted;

    /** Records steps of {@code rows} token rows, from the next step on. */
    void start(int rows) {
        wanted = rows;
    }

    /** Stops recording. The step that runs now does not count. */
    void stop() {
        wanted = 0;
    }

    /** Forgets all steps. Must be called while none runs. */
    void clear() {
        steps.clear();
        isOpen = false;
    }

    /** Begins a step of {@code rows} token rows at {@code nanos}. */
    void step(int rows, long nanos) {
        int now = wanted;
        if (isOpen && now != 0) {
            steps.add(new ProfiledStep((nanos - begin - ownNanos) / NANOS, open));
        }
        open.clear();
        isOpen = now == rows;
        begin = nanos;
        ownNanos = 0;
    }

    /**
     * Adds an operation that has ended to the step.
     *
     * @param nanos time of the operation
     * @param own the profiler's own time for it, which does not belong to the step
     */
    void operation(OperationCosts.Call call, long nanos, long own) {
        if (isOpen) {
            open.merge(call.label(), new Tally(1, nanos / NANOS, call.cost()), Tally::plus);
            ownNanos += own;
        }
    }

    /** Adds to the profiler's own time, spent after an operation. */
    void own(long nanos) {
        if (isOpen) {
            ownNanos += nanos;
        }
    }

    /**
     * Returns the steps recorded since the last {@link #clear}. Must be called while no step runs.
     *
     * @param roofline of the machine meanwhile
     */
    StepRound round(Roofline roofline) {
        return new StepRound(roofline, steps);
    }
}
