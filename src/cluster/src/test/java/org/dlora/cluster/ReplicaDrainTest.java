package org.dlora.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;
import org.dlora.cluster.TinyCluster.Answer;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.cluster.replicas.NoSuchReplicaException;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.cluster.replicas.ReplicaReport.Condition;
import org.dlora.cluster.replicas.ReplicaService;
import org.dlora.cluster.replicas.ReplicaStatus;
import org.dlora.engine.Replica;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.scheduling.ReplicaLoad;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Replicas of a real model whose requests move to the other one. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReplicaDrainTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
    private static final int REQUESTS = 24;

    @Test
    void answersOfDrainedRequestsAreThoseOfUndisturbedOnes() throws InterruptedException {
        try (var server = new TwoMemories()) {
            var replicas = new ClusterReplicas(server.cluster, CLOCK);
            var undisturbed = TwoMemories.await(server.ask("alone", REQUESTS));
            // Requests may end before they move, so some rounds may move none.
            for (int round = 0; round == 0 || (moved(server) == 0 && round < 50); round++) {
                var answers = server.ask("r" + round + "-", REQUESTS);
                answers.getFirst().awaitStart();
                replicas.drain("0");
                assertThat(TwoMemories.await(answers)).isEqualTo(undisturbed);
                await().until(() -> state(replicas, "0") == ReplicaStatus.DRAINED);
                replicas.resume("0");
            }
            assertThat(server.cluster.migrations().history())
                    .filteredOn(move -> move.result() instanceof MigrationResult.Moved)
                    .isNotEmpty()
                    .allMatch(move -> move.source().equals("0") && move.target().equals("1"));
            assertThat(server.cluster.loads())
                    .allMatch(load -> load.running() + load.waiting() == 0)
                    .allMatch(load -> load.freeBlocks() == load.totalBlocks());
        }
    }

    private static long moved(TwoMemories server) {
        return server.cluster.migrations().history().stream()
                .filter(move -> move.result() instanceof MigrationResult.Moved)
                .count();
    }

    @Test
    void drainIsSeenInStatesAndMetricsUntilItIsResumed() {
        try (var server = new TwoMemories()) {
            var replicas = new ClusterReplicas(server.cluster, CLOCK);
            replicas.measure(server.registry);
            assertThat(draining(server)).containsExactly(0.0, 0.0);
            replicas.drain("1");
            await().until(() -> state(replicas, "1") == ReplicaStatus.DRAINED);
            assertThat(replicas.conditions().get("1"))
                    .extracting(Condition::reason)
                    .isEqualTo("it takes no new requests, and has none");
            assertThat(state(replicas, "0")).isEqualTo(ReplicaStatus.SERVING);
            assertThat(draining(server)).containsExactly(0.0, 1.0);
            replicas.resume("1");
            assertThat(state(replicas, "1")).isEqualTo(ReplicaStatus.SERVING);
            assertThat(draining(server)).containsExactly(0.0, 0.0);
        }
    }

    private static List<Double> draining(TwoMemories server) {
        return Stream.of("0", "1")
                .map(id -> server.registry.get("dlora.replica.draining").tag("replica", id))
                .map(search -> search.gauge().value())
                .toList();
    }

    /** Issue 15: a restart of the only replica failed its requests without a word. */
    @Test
    void theOnlyReplicaThatServesBeginsAnewByForceAlone() {
        try (var server = new TwoMemories()) {
            var replicas = new ClusterReplicas(server.cluster, CLOCK);
            server.replicas.getLast().close();
            assertThatIllegalStateException()
                    .isThrownBy(() -> replicas.restart("0", false))
                    .withMessage(
                            "Replica 0 is the only one that serves, so its requests would fail; send {\"force\": true} to restart it all the same");
            assertThatIllegalStateException()
                    .as("these replicas have no successors")
                    .isThrownBy(() -> replicas.restart("0", true))
                    .withMessage("Replica 0 cannot begin anew");
        }
    }

    @Test
    void answersStayTheSameWhileReplicasAreDrainedInTurn() throws InterruptedException {
        try (var server = new TwoMemories()) {
            var replicas = new ClusterReplicas(server.cluster, CLOCK);
            int requests = 2 * REQUESTS;
            var undisturbed = TwoMemories.await(server.ask("alone", requests));
            var answers = server.ask("r", requests);
            int drains = 0;
            while (!answers.stream().allMatch(Answer::isEnded)) {
                var id = String.valueOf(drains++ % 2);
                replicas.drain(id);
                await().until(() -> state(replicas, id) == ReplicaStatus.DRAINED);
                replicas.resume(id);
            }
            assertThat(TwoMemories.await(answers)).isEqualTo(undisturbed);
            assertThat(server.cluster.loads())
                    .allMatch(load -> load.freeBlocks() == load.totalBlocks());
        }
    }

    @Test
    void aDrainedReplicaTakesRequestsOnlyAfterItIsResumed() throws InterruptedException {
        try (var server = new TwoMemories()) {
            var replicas = new ClusterReplicas(server.cluster, CLOCK);
            replicas.drain("0");
            replicas.drain("0");
            assertThat(replicas.replica("0").condition())
                    .isEqualTo(
                            new ReplicaReport.Condition(
                                    ReplicaStatus.DRAINED,
                                    "it takes no new requests, and has none",
                                    NOW));
            TwoMemories.await(server.ask("drained", 6));
            ToldFacts.await(server.facts, 6);
            assertThat(server.facts).extracting(RequestFacts::replica).containsOnly("1");
            replicas.resume("0");
            replicas.resume("0");
            assertThat(replicas.replica("0").condition())
                    .isEqualTo(new ReplicaReport.Condition(ReplicaStatus.SERVING, null, NOW));
            replicas.drain("1");
            ToldFacts.forget(server.facts, 6);
            TwoMemories.await(server.ask("resumed", 6));
            ToldFacts.await(server.facts, 6);
            assertThat(server.facts).extracting(RequestFacts::replica).containsOnly("0");
        }
    }

    @Test
    void aReplicaThatHasEndedIsClosedWhetherItDrainsOrNot() {
        try (var server = new TwoMemories()) {
            var replicas = new ClusterReplicas(server.cluster, CLOCK);
            replicas.drain("0");
            server.replicas.forEach(Replica::close);
            assertThat(state(replicas, "0")).isEqualTo(ReplicaStatus.CLOSED);
            assertThat(state(replicas, "1")).isEqualTo(ReplicaStatus.CLOSED);
        }
    }

    @Test
    void aDrainingReplicaTakesNewRequestsWhileNoOtherDoes() throws InterruptedException {
        try (var server = new TwoMemories()) {
            var replicas = new ClusterReplicas(server.cluster, CLOCK);
            var undisturbed = TwoMemories.await(server.ask("alone", 6));
            replicas.drain("0");
            server.replicas.getLast().close();
            assertThat(server.cluster.isServing()).as("as /health says").isTrue();
            assertThat(replicas.replica("0").condition().reason())
                    .isEqualTo("it takes new requests while no other replica does, and has none");
            ToldFacts.forget(server.facts, 6);
            assertThat(TwoMemories.await(server.ask("r", 6))).isEqualTo(undisturbed);
            ToldFacts.await(server.facts, 6);
            assertThat(server.facts).extracting(RequestFacts::replica).containsOnly("0");
            assertThat(server.cluster.migrations().history()).isEmpty();
        }
    }

    @Test
    void aDrainedReplicaDoesNotLowerTheMeanLoad() {
        try (var server = new TwoMemories()) {
            assertThat(server.cluster.balance().loads()).hasSize(2);
            new ClusterReplicas(server.cluster, CLOCK).drain("0");
            assertThat(server.cluster.balance().loads())
                    .extracting(ReplicaLoad::id)
                    .containsExactly("1");
        }
    }

    @Test
    void theLastReplicaThatTakesRequestsIsNotDrained() {
        try (var server = new TwoMemories()) {
            var replicas = new ClusterReplicas(server.cluster, CLOCK);
            replicas.drain("1");
            assertThatIllegalStateException()
                    .isThrownBy(() -> replicas.drain("0"))
                    .withMessage(
                            "Replica 0 is the last one that takes requests; resume another one first");
            assertThat(state(replicas, "0")).isEqualTo(ReplicaStatus.SERVING);
            replicas.resume("1");
            replicas.drain("0");
            assertThat(state(replicas, "0")).isEqualTo(ReplicaStatus.DRAINED);
        }
    }

    @Test
    void idsThatNoReplicaHasAreRefused() {
        try (var server = new TwoMemories()) {
            var replicas = new ClusterReplicas(server.cluster, CLOCK);
            assertThatExceptionOfType(NoSuchReplicaException.class)
                    .isThrownBy(() -> replicas.drain("2"))
                    .withMessage("There is no replica '2'; known are [0, 1]");
            assertThatExceptionOfType(NoSuchReplicaException.class)
                    .isThrownBy(() -> replicas.resume("2"));
            assertThatExceptionOfType(NoSuchReplicaException.class)
                    .isThrownBy(() -> replicas.replica("2"));
        }
    }

    private static ReplicaStatus state(ReplicaService replicas, String id) {
        return replicas.replica(id).condition().state();
    }
}
