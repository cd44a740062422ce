package org.dlora.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkloadTest {
    private final Workload workload =
            new Workload(
                    200,
                    5,
                    Popularity.zipf(4, 1),
                    new Lengths(32, 0.6, 4, 256),
                    new Lengths(16, 0.6, 2, 128),
                    1000,
                    1100);

    @Test
    void sameSeedGivesTheSameRequests() {
        assertThat(comparable(workload.plan(7))).isEqualTo(comparable(workload.plan(7)));
        assertThat(comparable(workload.plan(7))).isNotEqualTo(comparable(workload.plan(8)));
    }

    @Test
    void requestsFollowTheDistributions() {
        var plan = workload.plan(7);

        assertThat(plan).hasSize(200);
        assertThat(plan).extracting(PlannedRequest::arrival).isSorted();
        assertThat(plan)
                .allSatisfy(request -> {
                    assertThat(request.model()).isBetween(0, 3);
                    assertThat(request.prompt().length).isBetween(4, 256);
                    assertThat(request.outputTokens()).isBetween(2, 128);
                    assertThat(Arrays.stream(request.prompt()))
                            .allMatch(token -> token >= 1000 && token < 1100);
                });
        assertThat(plan).extracting(PlannedRequest::model).contains(0, 1, 2, 3);
    }

    @Test
    void warmUpSendsAllAtOnce() {
        assertThat(workload.warmUp(3).plan(7))
                .hasSize(3)
                .allMatch(request -> request.arrival() == 0);
    }

    @Test
    void refusesAnEmptyTokenRange() {
        var lengths = new Lengths(8, 0, 1, 8);

        assertThatThrownBy(() -> new Workload(1, 0, Popularity.zipf(1, 0), lengths, lengths, 5, 5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tokens from 5 below 5");
    }

    private static List<String> comparable(List<PlannedRequest> plan) {
        return plan.stream()
                .map(one -> one.toString() + Arrays.toString(one.prompt()))
                .map(text -> text.replaceAll("\\[I@[0-9a-f]+", ""))
                .toList();
    }
}
