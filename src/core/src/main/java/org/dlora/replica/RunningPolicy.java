package org.dlora.replica;

import org.dlora.scheduling.Decision;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.Snapshot;

/**
 * A policy together with its current state. A policy is a pure function, so its caller keeps the
 * state between decisions. Each decision replaces the state by the next one.
 */
final class RunningPolicy<S> {
    private final Policy<S> policy;
    private S state;

    private RunningPolicy(Policy<S> policy) {
        this.policy = policy;
        state = policy.start();
    }

    static <S> RunningPolicy<S> start(Policy<S> policy) {
        return new RunningPolicy<>(policy);
    }

    Policy<S> policy() {
        return policy;
    }

    /** Decides on a step and keeps the policy's next state. */
    Decision<S> decide(Snapshot snapshot) {
        var decision = policy.decide(snapshot, state);
        state = decision.next();
        return decision;
    }
}
