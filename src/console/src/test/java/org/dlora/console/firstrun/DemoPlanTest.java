package org.dlora.console.firstrun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DemoPlanTest {
    private static final Duration CALM = Duration.ofSeconds(5);
    private static final Duration BURST = Duration.ofSeconds(20);

    private final DemoPlan plan = new DemoPlan("hot", List.of("a", "b"));

    private Map<String, Integer> adapters(Duration at, int requests) {
        var counts = new TreeMap<String, Integer>();
        for (int sent = 0; sent < requests; sent++) {
            counts.merge(plan.adapter(at, sent), 1, Integer::sum);
        }
        return counts;
    }

    @Test
    void burstIsForTheHotAdapter() {
        assertThat(adapters(CALM, 90)).isEqualTo(Map.of("hot", 30, "a", 30, "b", 30));
        assertThat(adapters(BURST, 90)).isEqualTo(Map.of("hot", 80, "a", 5, "b", 5));
    }

    @Test
    void requestsInFlightAreBounded() {
        assertThat(plan.due(CALM, 0, 0)).isEqualTo(1);
        assertThat(plan.due(CALM, 0, 6)).isZero();
        assertThat(plan.due(CALM, 0, 100)).as("after the burst").isZero();
        assertThat(plan.due(BURST, 0, 0)).isEqualTo(DemoPlan.MOST_IN_FLIGHT);
        assertThat(plan.due(BURST, 0, 40)).isEqualTo(DemoPlan.MOST_IN_FLIGHT - 40);
        assertThat(plan.due(BURST, 0, 41)).as("until a volley runs out").isZero();
        assertThat(plan.due(BURST, 0, DemoPlan.MOST_IN_FLIGHT)).isZero();
    }

    @Test
    void aMinuteAndTheMostRequestsEndIt() {
        assertThat(plan.isOver(DemoPlan.LENGTH.minusMillis(1), 0)).isFalse();
        assertThat(plan.isOver(DemoPlan.LENGTH, 0)).isTrue();
        assertThat(plan.due(DemoPlan.LENGTH, 0, 0)).isZero();
        assertThat(plan.isOver(BURST, DemoPlan.MOST_REQUESTS)).isTrue();
        assertThat(plan.due(BURST, DemoPlan.MOST_REQUESTS - 2, 0)).isEqualTo(2);
        assertThat(plan.due(BURST, DemoPlan.MOST_REQUESTS, 0)).isZero();
    }

    @Test
    void oneAdapterIsNotEnough() {
        assertThatIllegalArgumentException().isThrownBy(() -> new DemoPlan("hot", List.of()));
    }
}
