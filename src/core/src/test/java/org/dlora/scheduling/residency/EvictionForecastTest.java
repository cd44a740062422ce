package org.dlora.scheduling.residency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.dlora.scheduling.residency.EvictionForecast.Candidate;
import org.dlora.scheduling.residency.EvictionForecast.Turn;

class EvictionForecastTest {
    private static final double NOW = 100;

    @Property(tries = 200)
    void aLoadThatNeedsTheFirstOfTheOrderEvictsThem(@ForAll long seed) {
        var random = new Random(seed);
        var adapters = new ArrayList<AdapterStanding>();
        for (int i = 1 + random.nextInt(9); i > 0; i--) {
            adapters.add(resident("a" + i, 1L + random.nextInt(12), random.nextInt(4), 0, 0));
        }
        var order = EvictionForecast.of(snapshot(adapters));
        assertThat(order).hasSameSizeAs(adapters).allMatch(one -> one.turn() == Turn.IDLE);
        var first = order.subList(0, 1 + random.nextInt(order.size()));
        long need = first.stream().mapToLong(Candidate::bytes).sum();
        adapters.add(
                new AdapterStanding("wanted", need, 0.5, Residence.ABSENT, 0, false, 0, 1, NOW, 1));

        var plan = new CostAwareResidency().plan(snapshot(adapters));

        assertThat(plan.load()).containsExactly("wanted");
        assertThat(plan.evict())
                .containsExactlyInAnyOrderElementsOf(
                        first.stream().map(Candidate::adapter).toList());
    }

    @Example
    void idleAdaptersComeBeforeFreshAndUsedOnes() {
        var pinned =
                new AdapterStanding(
                        "pinned",
                        1,
                        0.5,
                        Residence.RESIDENT,
                        0,
                        true,
                        0,
                        0,
                        Double.POSITIVE_INFINITY,
                        0);
        var order =
                EvictionForecast.of(
                        snapshot(
                                List.of(
                                        resident("used", 1, 0, 2, 0),
                                        resident("fresh", 1, 0, 0, NOW - 0.1),
                                        resident("idle", 1, 3, 0, 0),
                                        resident("cheap", 1, 1, 0, 0),
                                        pinned)));
        assertThat(order)
                .extracting(Candidate::adapter)
                .containsExactly("cheap", "idle", "fresh", "used");
        assertThat(order)
                .extracting(Candidate::turn)
                .containsExactly(Turn.IDLE, Turn.IDLE, Turn.FRESH, Turn.IN_USE);
        assertThat(order.get(1).value()).isEqualTo(1.5);
    }

    private static AdapterStanding resident(
            String id, long bytes, double demand, int running, double since) {
        return new AdapterStanding(
                id,
                bytes,
                0.5,
                Residence.RESIDENT,
                since,
                false,
                running,
                0,
                Double.POSITIVE_INFINITY,
                demand);
    }

    private static ResidencySnapshot snapshot(List<AdapterStanding> adapters) {
        return new ResidencySnapshot(NOW, 0, adapters, ResidencySettings.DEFAULT);
    }
}
