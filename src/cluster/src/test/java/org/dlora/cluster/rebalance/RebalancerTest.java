package org.dlora.cluster.rebalance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.rebalance.GreedyRebalancer;
import org.dlora.scheduling.rebalance.MoveCost;
import org.dlora.scheduling.rebalance.RebalancePlan.RequestMove;
import org.dlora.scheduling.rebalance.RebalanceProblem;
import org.dlora.scheduling.rebalance.RebalanceSettings;
import org.dlora.scheduling.rebalance.ReplicaSite;
import org.dlora.scheduling.rebalance.RequestLoad;
import org.junit.jupiter.api.Test;

/** Plans are applied when they are worth their moves, and requests rest after a move. */
class RebalancerTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    private double now;
    private final Requests requests = new Requests();
    private final Rebalancer rebalancer =
            new Rebalancer(
                    requests,
                    new GreedyRebalancer(),
                    RebalanceSettings.DEFAULT,
                    16,
                    () -> now,
                    Clock.fixed(NOW, ZoneOffset.UTC));

    /** Requests of a second each on two replicas, which move at once. */
    private static final class Requests implements RebalancedCluster {
        final Map<String, String> replicaOf = new ConcurrentSkipListMap<>();
        final List<RequestMove> moves = new CopyOnWriteArrayList<>();
        MigrationResult result = new MigrationResult.Moved();
        CountDownLatch looks = new CountDownLatch(0);
        final List<PlanGain> gains = new CopyOnWriteArrayList<>();
        CompletableFuture<Void> held = CompletableFuture.completedFuture(null);
        MoveObserver observer = (_, _, _) -> {};
        boolean endMeanwhile;
        boolean isFirstFencedMeanwhile;

        void on(String replica, int count) {
            for (int i = 0; i < count; i++) {
                replicaOf.put("r" + replicaOf.size(), replica);
            }
        }

        long count(String replica) {
            return replicaOf.values().stream().filter(replica::equals).count();
        }

        @Override
        public List<ReplicaLoad> loads() {
            looks.countDown();
            if (looks.getCount() > 0) {
                throw new AssertionError("a test");
            }
            return List.of(load("0"), load("1"));
        }

        private ReplicaLoad load(String replica) {
            return new ReplicaLoad(replica, (int) count(replica), 0, 100, 100);
        }

        /** Ends a request of each replica that was not moved. */
        private void endSome() {
            var moved = moves.stream().map(RequestMove::request).toList();
            for (var replica : List.of("0", "1")) {
                replicaOf.entrySet().stream()
                        .filter(one -> one.getValue().equals(replica))
                        .map(Map.Entry::getKey)
                        .filter(id -> !moved.contains(id))
                        .findFirst()
                        .ifPresent(replicaOf::remove);
            }
        }

        @Override
        public RebalanceProblem problem() {
            if (endMeanwhile && !moves.isEmpty()) {
                endSome();
            }
            var sites = new ArrayList<ReplicaSite>();
            if (isFirstFencedMeanwhile && !moves.isEmpty()) {
                replicaOf.values().removeIf("0"::equals);
            } else {
                sites.add(new ReplicaSite("0", "host", 100, 100, true));
            }
            sites.add(new ReplicaSite("1", "host", 100, 100, true));
            return new RebalanceProblem(
                    sites,
                    Map.of("host", 0L),
                    List.of(),
                    replicaOf.entrySet().stream()
                            .map(one ->
                                    new RequestLoad(
                                            one.getKey(),
                                            AdapterRef.base(),
                                            one.getValue(),
                                            1,
                                            1,
                                            2,
                                            new MoveCost(0.01, 0.1)))
                            .toList(),
                    0);
        }

        @Override
        public void watch(MoveObserver by) {
            observer = by;
        }

        @Override
        public CompletableFuture<MigrationResult> move(RequestMove move, PlanGain gain) {
            assertThat(gain.planned()).isPositive();
            gains.add(gain);
            moves.add(move);
            if (result instanceof MigrationResult.Moved) {
                replicaOf.put(move.request(), move.to());
                observer.moved(move.request(), move.from(), move.to());
            }
            return held.thenApply(_ -> result);
        }
    }

    @Test
    void requestsOfTheFullerReplicaMoveToTheOther() throws InterruptedException {
        requests.on("0", 8);
        var report = rebalancer.rebalance("a test", false);
        assertThat(requests.count("0")).isEqualTo(4);
        assertThat(requests.count("1")).isEqualTo(4);
        assertThat(report.applied()).isTrue();
        assertThat(report.moved()).isEqualTo(4);
        assertThat(report.unmoved()).isZero();
        assertThat(report.at()).isEqualTo(NOW);
        assertThat(report.trigger()).isEqualTo("a test");
        assertThat(report.plan().before()).isEqualTo(8);
        assertThat(report.measured()).isEqualTo(4);
        assertThat(requests.gains)
                .hasSize(4)
                .allSatisfy(gain -> {
                    assertThat(gain.planned()).isEqualTo(report.plan().gain());
                    assertThat(gain.measured()).isEqualTo(8 - 4);
                });
        assertThat(rebalancer.reports()).containsExactly(report);
    }

    /** On each replica a request that stays ends while others move. */
    @Test
    void requestsThatEndMeanwhileAreNoGain() throws InterruptedException {
        requests.on("0", 8);
        requests.on("1", 2);
        requests.endMeanwhile = true;
        var report = rebalancer.rebalance("a test", false);
        assertThat(report.moved()).isEqualTo(3);
        // Without the moves 7 of the remaining 8 requests would be on replica 0.
        assertThat(report.measured()).isEqualTo(4);
        assertThat(report.measuredGain()).isEqualTo(7 - 4);
        assertThat(requests.gains).allSatisfy(gain -> assertThat(gain.measured()).isEqualTo(7 - 4));
    }

    @Test
    void aPlanIsReportedWhoseSourceIsFencedMeanwhile() throws InterruptedException {
        requests.on("0", 8);
        requests.isFirstFencedMeanwhile = true;
        var report = rebalancer.rebalance("a test", false);
        assertThat(report.moved()).isEqualTo(4);
        assertThat(report.measured()).isEqualTo(4);
        assertThat(report.measuredGain()).isZero();
        assertThat(requests.gains).allSatisfy(gain -> assertThat(gain.measured()).isZero());
        assertThat(rebalancer.reports()).containsExactly(report);
    }

    @Test
    void aDefectEndsNoRebalancing() {
        requests.looks = new CountDownLatch(2);
        requests.on("0", 8);
        rebalancer.start();
        await().until(() -> !rebalancer.reports().isEmpty());
        rebalancer.close();
        assertThat(requests.count("1")).isEqualTo(4);
    }

    @Test
    void aDryRunMovesNothing() {
        requests.on("0", 8);
        assertThat(rebalancer.dryRun().moves()).hasSize(4);
        assertThat(requests.moves).isEmpty();
        assertThat(rebalancer.reports()).isEmpty();
    }

    @Test
    void aPlanThatGainsTooLittleIsReportedAndNotApplied() throws InterruptedException {
        requests.on("0", 11);
        requests.on("1", 10);
        var report = rebalancer.rebalance("a test", false);
        assertThat(report.applied()).isFalse();
        assertThat(report.measured()).isNaN();
        assertThat(requests.moves).isEmpty();
    }

    @Test
    void movedRequestsRest() throws InterruptedException {
        requests.on("0", 8);
        rebalancer.rebalance("a test", false);
        var moved = requests.moves.stream().map(RequestMove::request).toList();
        requests.replicaOf.entrySet().removeIf(one -> !moved.contains(one.getKey()));
        now += RebalanceSettings.DEFAULT.rest() / 2;
        assertThat(rebalancer.dryRun().moves()).isEmpty();
        now += RebalanceSettings.DEFAULT.rest();
        requests.on("1", 4);
        assertThat(rebalancer.dryRun().moves()).isNotEmpty();
    }

    @Test
    void requestsWhoseMovesHaveFailedDoNotRest() throws InterruptedException {
        requests.on("0", 8);
        requests.result = new MigrationResult.Failed("a test");
        rebalancer.rebalance("a test", false);
        assertThat(requests.count("1")).isZero();
        requests.result = new MigrationResult.Moved();
        rebalancer.rebalance("a test", false);
        assertThat(requests.count("1")).isEqualTo(4);
    }

    @Test
    void requestsRestAlsoAfterAMoveByHand() {
        requests.on("0", 2);
        assertThat(rebalancer.dryRun().moves()).isNotEmpty();
        List.of("r0", "r1").forEach(request -> requests.observer.moved(request, "1", "0"));
        assertThat(rebalancer.dryRun().moves()).isEmpty();
    }

    @Test
    void aDryRunDoesNotWaitForMoves() throws InterruptedException {
        requests.on("0", 8);
        requests.held = new CompletableFuture<>();
        var rebalancing = rebalancer.rebalanceNow("a test");
        await().until(() -> !requests.moves.isEmpty());
        assertThat(rebalancer.dryRun().before()).isPositive();
        assertThat(rebalancing).isNotDone();
        requests.held.complete(null);
        assertThat(rebalancing.join().moved()).isPositive();
    }

    @Test
    void movesThatFailAreCounted() throws InterruptedException {
        requests.on("0", 8);
        requests.result = new MigrationResult.Failed("a test");
        var report = rebalancer.rebalance("a test", false);
        assertThat(report.moved()).isZero();
        assertThat(report.unmoved()).isEqualTo(4);
        assertThat(report.measured()).isEqualTo(8);
    }
}
