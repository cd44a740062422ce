package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A policy whose last snapshot and decision can be looked at. Every decision is made twice, to the
 * same result, and every plan is held to {@link PlanRules}.
 *
 * @param <S> state of the policy
 */
final class RecordingPolicy<S> implements Policy<S>, PolicySource {
    private final Policy<S> policy;
    private @Nullable Snapshot snapshot;
    private @Nullable Decision<S> decision;

    RecordingPolicy(Policy<S> policy) {
        this.policy = policy;
    }

    @Override
    public String name() {
        return policy.name();
    }

    @Override
    public boolean mayMerge() {
        return policy.mayMerge();
    }

    @Override
    public boolean goesByArrivalAlone() {
        return policy.goesByArrivalAlone();
    }

    @Override
    public boolean countsTeams() {
        return policy.countsTeams();
    }

    @Override
    public Policy<S> create() {
        return this;
    }

    @Override
    public S start() {
        return policy.start();
    }

    @Override
    public Decision<S> decide(Snapshot seen, S state) {
        var decided = policy.decide(seen, state);
        assertThat(policy.decide(seen, state)).isEqualTo(decided);
        PlanRules.check(seen, decided.plan());
        snapshot = seen;
        decision = decided;
        return decided;
    }

    /** Returns what the policy saw last. */
    Snapshot snapshot() {
        return Objects.requireNonNull(snapshot);
    }

    /** Returns what it decided last. */
    Decision<S> decision() {
        return Objects.requireNonNull(decision);
    }

    /** Returns what it remembers. */
    S state() {
        return decision == null ? start() : decision.next();
    }
}
