package org.dlora.api.pools;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/** Meters of the pools. Names of keys and teams are in no metric. */
public final class PoolMeters implements MeterBinder {
    private final WorkPools pools;

    public PoolMeters(WorkPools pools) {
        this.pools = pools;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        for (var pool : pools.all()) {
            Gauge.builder("dlora.pool.running", pool, WorkPool::running)
                    .description("Calls whose work runs on a thread of the pool")
                    .tag("pool", pool.name())
                    .register(registry);
            Gauge.builder("dlora.pool.waiting", pool, WorkPool::waiting)
                    .description("Calls that wait for a thread of the pool")
                    .tag("pool", pool.name())
                    .register(registry);
            refusals(pool, true, "share", registry);
            refusals(pool, false, "full", registry);
        }
    }

    private static void refusals(
            WorkPool pool, boolean isShare, String reason, MeterRegistry registry) {
        FunctionCounter.builder("dlora.pool.refusals", pool, one -> one.refused(isShare))
                .description("Calls that found no place in the pool")
                .tag("pool", pool.name())
                .tag("reason", reason)
                .register(registry);
    }
}
