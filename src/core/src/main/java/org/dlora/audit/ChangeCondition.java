package org.dlora.audit;

import java.util.function.Supplier;

/**
 * Condition of the running thread on what its change finds. The service that makes the change asks
 * within its lock, so that nothing changes in between. For one thread.
 */
public interface ChangeCondition {

    /**
     * Checks what a change is about to replace.
     *
     * @param found as the service knows it, such as a key
     * @throws RuntimeException if the change must not be made
     */
    void check(Object found);

    /** Notes what the change has made, as the running thread may change it once more. */
    default void changed(Object made) {}

    /** Returns the result of a change under a condition. */
    static <T> T call(ChangeCondition condition, Supplier<T> change) {
        return ScopedValue.where(RunningCondition.CURRENT, condition).call(change::get);
    }

    /** Returns the condition of the running thread, which a change without one always meets. */
    static ChangeCondition current() {
        return RunningCondition.CURRENT.orElse(RunningCondition.NONE);
    }
}
