package org.dlora.cluster.rebalance;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A task on a thread of its own, for which a caller waits only so long. */
final class LimitedRun {
    private final Thread worker;
    private volatile @Nullable RuntimeException failure;

    /**
     * Starts the task.
     *
     * @param after runs when the task has ended, however late
     */
    LimitedRun(Runnable task, Runnable after) {
        worker =
                Thread.ofPlatform()
                        .daemon()
                        .name("rebalance-solver")
                        .unstarted(() -> {
                            try {
                                task.run();
                            } catch (RuntimeException e) {
                                failure = e;
                            } finally {
                                after.run();
                            }
                        });
        worker.start();
    }

    /**
     * Waits for the end of the task, the limit or an interrupt, which stays set. The task is not
     * interrupted: ojAlgo would leave a thread of its own at work.
     *
     * @return whether the task has ended
     */
    boolean await(Duration limit) {
        try {
            return worker.join(limit);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Returns the exception of the task, or null. */
    @Nullable RuntimeException failure() {
        return failure;
    }
}
