package org.dlora.scheduling.residency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;
import org.dlora.scheduling.residency.SimulatedMemory.Request;
import org.dlora.workload.Popularity;
import org.junit.jupiter.api.Test;

/** The bounds that {@link CostAwareResidency} states, against arrivals that try to break them. */
class ResidencyBoundsTest {
    @Property(tries = 400)
    void theBudgetAndAllBoundsHoldAndEveryRequestIsAnswered(@ForAll long seed) {
        var memory = new ResidencyScenario(seed).run();
        Statistics.label("adapters in use were closed").collect(memory.closings > 0);
        Statistics.label("idle ones were evicted").collect(memory.evictions > 0);
        Statistics.label("impossible").collect(memory.impossible > 0);
        Statistics.label("tenths of the bound").collect((int) (10 * memory.closestToBound));
    }

    @Property(tries = 600)
    void allBoundsHoldWhereKvSharesTheBudget(@ForAll long seed) {
        var scenario = new ResidencyScenario(seed, true, false);
        var memory = scenario.run();
        Statistics.label("KV became smaller").collect(scenario.kv().shrinkings > 0);
        Statistics.label("KV grew").collect(scenario.kv().growths > 0);
        Statistics.label("idle ones were evicted").collect(memory.evictions > 0);
        Statistics.label("adapters in use were closed").collect(memory.closings > 0);
        Statistics.label("tenths of the bound").collect((int) (10 * memory.closestToBound));
    }

    @Property(tries = 600)
    void allBoundsHoldWhereMergedWeightsShareTheBudget(@ForAll long seed, @ForAll boolean withKv) {
        var scenario = new ResidencyScenario(seed, withKv, true);
        var memory = scenario.run();
        Statistics.label("copies were granted").collect(scenario.copies().grants > 0);
        Statistics.label("copies were refused").collect(scenario.copies().refusals > 0);
        Statistics.label("kept copies were taken").collect(scenario.copies().releases > 0);
        Statistics.label("replicas were unmerged").collect(scenario.copies().unmergings > 0);
        Statistics.label("tenths of the bound").collect((int) (10 * memory.closestToBound));
    }

    @Test
    void anAdapterDoesNotWaitForAdaptersClosedForOthers() {
        assertThat(new ResidencyScenario(200).run().closestToBound).isPositive();
    }

    @Test
    void aRequestIsServedBesideAdaptersThatAreAlwaysInUse() {
        var memory = besideAFlood(new ResidencySettings(1, 2));
        assertThat(memory.closings).isOne();
        assertThat(memory.served).isEqualTo(201);
    }

    @Test
    void withoutAMaximumItWaitsUntilTheFloodHasEnded() {
        assertThat(besideAFlood(new ResidencySettings(1, 1e9)).closings).isZero();
    }

    @Test
    void allBoundsHoldForHoursWithFourHundredAdapters() {
        var random = new Random(1);
        var popularity = Popularity.zipf(400, 1);
        var adapters = new ArrayList<SimulatedAdapter>();
        for (int i = 0; i < 400; i++) {
            adapters.add(new SimulatedAdapter("a" + i, 5, 0.1, false));
        }
        var requests = new ArrayList<Request>();
        for (double at = 0; at < 3 * 3600; at += random.nextDouble(2)) {
            var adapter = adapters.get(popularity.next(random));
            requests.add(new Request(at, adapter.id, random.nextDouble(4)));
        }
        var memory = new SimulatedMemory(350, ResidencySettings.DEFAULT, adapters, _ -> false);
        memory.serve(requests);
        assertThat(memory.served).isEqualTo(requests.size());
        assertThat(memory.evictions).isGreaterThan(1000);
    }

    private static SimulatedMemory besideAFlood(ResidencySettings settings) {
        var adapters =
                List.of(
                        new SimulatedAdapter("hot", 4, 0.5, false),
                        new SimulatedAdapter("cold", 4, 0.5, false));
        var requests = new ArrayList<Request>();
        for (int i = 0; i < 200; i++) {
            requests.add(new Request(i * 0.5, "hot", 1));
        }
        requests.add(20, new Request(9.75, "cold", 1));
        var memory = new SimulatedMemory(4, settings, adapters, _ -> false);
        memory.serve(requests);
        return memory;
    }
}
