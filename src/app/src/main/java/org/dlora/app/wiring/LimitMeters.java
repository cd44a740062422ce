package org.dlora.app.wiring;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.security.limits.LimitKind;
import org.dlora.security.limits.LimitObserver;
import org.dlora.security.limits.Limited;
import org.dlora.security.limits.TokenBudget;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Meters of the limits of keys and teams, and the events and lines of the log that tell of budgets.
 * Names of keys and teams are in no metric. Thread-safe.
 */
final class LimitMeters implements LimitObserver {
    private static final Logger log = LoggerFactory.getLogger(LimitMeters.class);

    private final MeterRegistry registry;
    private final ClusterEvents events;

    /** Registers all meters, so that each is there with 0. */
    LimitMeters(MeterRegistry registry, ClusterEvents events) {
        this.registry = registry;
        this.events = events;
        for (var kind : Limited.Kind.values()) {
            for (var limit : LimitKind.values()) {
                var _ = refusals(kind, limit);
            }
            var _ = alerts(kind);
        }
    }

    private Counter refusals(Limited.Kind kind, LimitKind limit) {
        return Counter.builder("dlora.limit.refusals")
                .description("Requests that a limit of a key or a team refused")
                .tag("owner", kind.label())
                .tag("limit", limit.label())
                .register(registry);
    }

    private Counter alerts(Limited.Kind kind) {
        return Counter.builder("dlora.budget.alerts")
                .description("Budgets of tokens of which a large share was used")
                .tag("owner", kind.label())
                .register(registry);
    }

    @Override
    public void refused(Limited owner, LimitKind limit) {
        refusals(owner.kind(), limit).increment();
    }

    @Override
    public void budgetRunsOut(Limited owner, TokenBudget budget, long used) {
        alerts(owner.kind()).increment();
        log.warn(
                "The {} has used {} of the {} tokens of its budget for the {}",
                owner.words(),
                used,
                budget.tokens(),
                budget.period().label());
        events.publish(
                new ClusterEvent.BudgetAlert(
                        events.clock().instant(),
                        owner.kind().label(),
                        owner.name(),
                        budget.period().label(),
                        used,
                        budget.tokens()));
    }
}
