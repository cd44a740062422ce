package org.dlora.api.pools;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.time.Duration;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Status;

/** The pools as metrics and health tell of them. */
class PoolMetersTest {
    private static final PoolSettings SMALL = new PoolSettings(2, 4);
    private final WorkPools pools = new WorkPools(new PoolsSettings(SMALL, SMALL, SMALL, SMALL));
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final HeldPool held = new HeldPool(pools.compilation());

    @BeforeEach
    void bind() {
        new PoolMeters(pools).bindTo(registry);
    }

    @AfterEach
    void close() {
        held.release();
        pools.close();
    }

    private double gauge(String name, String pool) {
        return registry.get(name).tag("pool", pool).gauge().value();
    }

    private double refused(String pool, String reason) {
        return registry.get("dlora.pool.refusals")
                .tags("pool", pool, "reason", reason)
                .functionCounter()
                .count();
    }

    @Test
    void metricsTellOfCallsThatRunWaitAndAreRefused() {
        held.fill("greedy");
        assertThat(gauge("dlora.pool.running", "compilation")).isEqualTo(1);
        assertThat(gauge("dlora.pool.waiting", "compilation")).isEqualTo(2);
        assertThat(refused("compilation", "share")).isEqualTo(1);
        assertThat(refused("compilation", "full")).isZero();
        for (var other : new String[] {"bodies", "catalogue", "store"}) {
            assertThat(gauge("dlora.pool.running", other)).isZero();
            assertThat(gauge("dlora.pool.waiting", other)).isZero();
            assertThat(refused(other, "share")).isZero();
        }
    }

    @Test
    void refusalsOfAFullPoolAreReported() {
        held.fill("one");
        var other = new HeldPool(pools.compilation()).fill("other");
        var third = new HeldPool(pools.compilation()).fill("third");
        assertThat(refused("compilation", "share")).isEqualTo(2);
        assertThat(refused("compilation", "full")).isEqualTo(1);
        other.release();
        third.release();
    }

    @Test
    void healthTellsOfAPoolThatRefusesAndStaysUp() {
        held.fill("greedy");
        var health = new PoolHealth(pools).health().blockOptional(Duration.ofMinutes(1));
        assertThat(health)
                .hasValueSatisfying(now -> {
                    assertThat(now.getStatus()).isEqualTo(Status.UP);
                    assertThat(now.getDetails())
                            .containsOnlyKeys("bodies", "compilation", "catalogue", "store")
                            .containsEntry("compilation", new PoolHealth.State(1, 2, true))
                            .containsEntry("store", new PoolHealth.State(0, 0, false));
                });
    }

    @Test
    void thePageOfMetricsHasTheMetersOfPools() throws Exception {
        var page = Files.readString(TestFiles.root("docs/metrics.md"));
        registry.getMeters()
                .forEach(meter ->
                        assertThat(page).contains("`" + meter.getId().getName().replace('.', '_')));
    }
}
