package org.dlora.audit;

/** The condition that a thread is bound to. */
final class RunningCondition {
    static final ScopedValue<ChangeCondition> CURRENT = ScopedValue.newInstance();
    static final ChangeCondition NONE = _ -> {};

    private RunningCondition() {}
}
