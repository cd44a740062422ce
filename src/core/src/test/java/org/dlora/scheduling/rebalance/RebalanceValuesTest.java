package org.dlora.scheduling.rebalance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.AbstractStringAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.dlora.scheduling.AdapterRef;
import org.junit.jupiter.api.Test;

class RebalanceValuesTest {
    private static final ReplicaSite SITE = new ReplicaSite("r0", "m0", 10, 5, true);

    @Test
    void namedFunctionsMustBeListed() {
        refused(() -> problem(List.of(), List.of(), request("q0", "r9", "a0")))
                .contains("Request q0 names replica r9, which the problem does not list");
        refused(() -> problem(List.of(SITE), List.of(), request("q0", "r0", "a0")))
                .contains("Request q0 names adapter a0");
        refused(() -> new RebalanceProblem(List.of(SITE), Map.of(), List.of(), List.of(), 0))
                .contains("Replica r0 names memory m0");
    }

    @Test
    void nothingIsListedTwice() {
        refused(() -> problem(List.of(SITE, SITE), List.of())).contains("replica r0 twice");
        var adapter = new AdapterCopies("a0", 1, 1, Set.of());
        refused(() -> problem(List.of(SITE), List.of(adapter, adapter)))
                .contains("adapter a0 twice");
        var request = request("q0", "r0", "a0");
        refused(() -> problem(List.of(SITE), List.of(adapter), request, request))
                .contains("request q0 twice");
    }

    @Test
    void amountsAreFiniteAndNotNegative() {
        refused(() -> new ReplicaSite("r0", "m0", 10, 11, true)).contains("11 of them free");
        refused(() -> new ReplicaSite("r0", "m0", 10, 5, -1, true, SiteCosts.UNKNOWN))
                .contains("-1 free places");
        refused(() -> new AdapterCopies("a0", -1, 1, Set.of())).contains("-1 bytes");
        refused(() -> new AdapterCopies("a0", 1, Double.NaN, Set.of())).contains("NaN s to load");
        refused(() -> new MoveCost(-1, 0)).contains("-1.0 s by sending");
        refused(() -> new TokenPace(-1, 0)).contains("-1.0 s");
        refused(() ->
                        new RequestLoad(
                                "q0", AdapterRef.base(), "r0", Double.NaN, 0, 0, MoveCost.FREE))
                .contains("NaN s of service");
        refused(() -> new RequestLoad("q0", AdapterRef.base(), "r0", 1, 3, 2, MoveCost.FREE))
                .contains("holds 3 KV blocks, and 2 at its end");
        refused(() -> new RebalanceProblem(List.of(), Map.of(), List.of(), List.of(), -1))
                .contains("-1.0 s to swap");
        refused(() -> new RebalanceSettings(0.25, 1.5, 10, 1, 0.1, 1, 10))
                .contains("a KV limit of 1.5");
    }

    @Test
    void aPlanIsWorthMoreThanTheLeastGain() {
        var settings = new RebalanceSettings(0.25, 0.9, 10, 1, 0.2, 1, 10);
        var unknown = PredictedLatencies.UNKNOWN;
        assertThat(plan(10, 7.9, unknown).isWorth(settings)).isTrue();
        assertThat(plan(10, 8, unknown).isWorth(settings)).isFalse();
        assertThat(plan(0, 0, unknown).relativeGain()).isZero();
    }

    @Test
    void aPlanThatLengthensLatenciesIsNotWorthItsMoves() {
        var settings = RebalanceSettings.DEFAULT;
        assertThat(plan(10, 5, new PredictedLatencies(3, 2.9)).isWorth(settings)).isTrue();
        assertThat(plan(10, 5, new PredictedLatencies(3, 3)).isWorth(settings)).isFalse();
        assertThat(plan(10, 5, new PredictedLatencies(3, 3.1)).isWorth(settings)).isFalse();
    }

    private static RebalancePlan plan(double before, double after, PredictedLatencies latencies) {
        var move = new RebalancePlan.RequestMove("q0", "r0", "r1", MoveKind.SEND);
        return new RebalancePlan(
                List.of(move),
                List.of(),
                List.of(),
                before,
                after,
                after,
                latencies,
                RebalancePlan.SolverKind.GREEDY,
                false,
                List.of());
    }

    private static RebalanceProblem problem(
            List<ReplicaSite> sites, List<AdapterCopies> adapters, RequestLoad... requests) {
        return new RebalanceProblem(sites, Map.of("m0", 1L), adapters, List.of(requests), 0);
    }

    private static RequestLoad request(String id, String replica, String adapter) {
        return new RequestLoad(id, AdapterRef.of(adapter), replica, 1, 0, 0, MoveCost.FREE);
    }

    private static AbstractStringAssert<?> refused(ThrowingCallable call) {
        return assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).message();
    }
}
