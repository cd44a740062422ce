package org.dlora.engine;

import org.dlora.scheduling.Decision;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.Snapshot;

/** A policy at work: what it remembers from one decision to the next is kept here. */
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

    /** Decides, and remembers what the policy wants to be told again. */
    Decision<S> decide(Snapshot snapshot) {
        var decision = policy.decide(snapshot, state);
        state = decision.next();
        return decision;
    }
}
