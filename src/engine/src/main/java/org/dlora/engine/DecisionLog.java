package org.dlora.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.dlora.replica.RecordedStep;

/**
 * A replica's last {@value #CAPACITY} steps with their decisions, for reports, and of the steps
 * before them one a second, for ten minutes. Thread-safe.
 */
public final class DecisionLog {
    /** Steps that are kept whatever their time. */
    static final int CAPACITY = 256;

    /** Seconds of which a step is kept. */
    private static final int SECONDS = 600;

    /** Most steps that are kept. */
    public static final int MOST = CAPACITY + SECONDS;

    private final Deque<RecordedStep> last = new ArrayDeque<>();
    private final Deque<RecordedStep> before = new ArrayDeque<>();

    synchronized void add(RecordedStep step) {
        last.addFirst(step);
        if (last.size() > CAPACITY) {
            keep(last.removeLast());
        }
    }

    private void keep(RecordedStep step) {
        if (before.isEmpty() || second(step) > second(before.getFirst())) {
            before.addFirst(step);
            if (before.size() > SECONDS) {
                before.removeLast();
            }
        }
    }

    private static long second(RecordedStep step) {
        return (long) Math.floor(step.at());
    }

    /**
     * Returns the last ones, the newest first.
     *
     * @param most how many at most. Beyond {@value #CAPACITY} they are one a second
     */
    synchronized List<RecordedStep> latest(int most) {
        return Stream.concat(last.stream(), before.stream()).limit(most).toList();
    }
}
