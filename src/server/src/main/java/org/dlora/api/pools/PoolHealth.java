package org.dlora.api.pools;

import java.util.LinkedHashMap;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import reactor.core.publisher.Mono;

/**
 * State of the pools as a component of health. It is always up: a caller that takes its share, or
 * several that fill a pool, must not have the server restarted.
 */
public final class PoolHealth implements ReactiveHealthIndicator {
    private final WorkPools pools;

    public PoolHealth(WorkPools pools) {
        this.pools = pools;
    }

    /** Calls of a pool. */
    record State(int running, int waiting, boolean refusing) {
        static State of(WorkPool pool) {
            return new State(pool.running(), pool.waiting(), pool.isRefusing());
        }
    }

    @Override
    public Mono<Health> health() {
        return Mono.fromSupplier(() -> {
            var details = new LinkedHashMap<String, Object>();
            pools.all().forEach(pool -> details.put(pool.name(), State.of(pool)));
            return Health.up().withDetails(details).build();
        });
    }
}
