package org.dlora.cluster.supervision;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.EnumMap;
import java.util.Map;

/** Meters of a supervised replica: whether it serves, its failures, and its restarts. */
final class SupervisionMeters {
    private final Map<Failure, Counter> failures = new EnumMap<>(Failure.class);
    private final Counter restarted;
    private final Counter failed;

    SupervisionMeters(MeterRegistry registry, SupervisedReplica replica) {
        var tags = Tags.of("replica", replica.id());
        Gauge.builder("dlora.replica.serving", replica, one -> one.isServing() ? 1 : 0)
                .description(
                        "1 while the replica serves, draining or not; 0 while it is fenced, restarting or closed")
                .tags(tags)
                .register(registry);
        for (var failure : Failure.values()) {
            failures.put(
                    failure,
                    Counter.builder("dlora.replica.fenced")
                            .description(
                                    "Failures of the replica, and restarts that were asked for")
                            .tags(tags.and("cause", failure.label()))
                            .register(registry));
        }
        restarted = restarts(registry, tags.and("outcome", "done"));
        failed = restarts(registry, tags.and("outcome", "failed"));
    }

    private static Counter restarts(MeterRegistry registry, Tags tags) {
        return Counter.builder("dlora.replica.restarts")
                .description("Attempts to begin anew")
                .tags(tags)
                .register(registry);
    }

    void fenced(Failure failure) {
        var counter = failures.get(failure);
        if (counter != null) {
            counter.increment();
        }
    }

    void restarted(boolean serves) {
        (serves ? restarted : failed).increment();
    }
}
