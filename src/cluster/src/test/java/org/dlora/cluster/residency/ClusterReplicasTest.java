package org.dlora.cluster.residency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.dlora.cluster.Cluster;
import org.dlora.cluster.ClusterMigrations;
import org.dlora.cluster.ClusterReplicas;
import org.dlora.cluster.ServedNames;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.migration.AdapterMove;
import org.dlora.cluster.migration.MigrationStatus;
import org.dlora.cluster.migration.MoveCause;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.cluster.replicas.ReplicaStatus;
import org.dlora.cluster.residency.ScriptedMemory.Answered;
import org.dlora.device.MemoryLedger;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.scheduling.residency.CostAwareResidency;
import org.dlora.scheduling.residency.Residence;
import org.dlora.scheduling.residency.ResidencyPlan;
import org.dlora.scheduling.residency.ResidencySettings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Replicas with a memory each, whose requests cannot leave before they end. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClusterReplicasTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final String SQL = "sql";
    private static final long SMALL = ScriptedMemory.bytes(ScriptedMemory.SMALL);

    private final ScriptedMemory first = memory("0");
    private final ScriptedMemory second = memory("1");
    private final Cluster cluster = cluster();
    private final ClusterReplicas replicas =
            new ClusterReplicas(cluster, Clock.fixed(NOW, ZoneOffset.UTC));
    private final ClusterMigrations moves = new ClusterMigrations(cluster);

    @AfterEach
    void close() {
        cluster.close();
        List.of(first, second).forEach(ScriptedMemory::close);
    }

    private static ScriptedMemory memory(String name) {
        var settings = ResidencySettings.DEFAULT;
        var server = new ScriptedMemory(name, new MemoryLedger(SMALL), settings, List.of(name));
        server.policy(new CostAwareResidency());
        return server;
    }

    private Cluster cluster() {
        second.register(SQL, ScriptedMemory.SMALL);
        var source = first.register(SQL, ScriptedMemory.SMALL);
        return new Cluster(
                List.of(first.replica(), second.replica()),
                List.of(first.memory, second.memory),
                12,
                new ServedNames("base", List.of(new ServedAdapter(SQL, source, Instant.EPOCH))),
                SchedulingSettings.DEFAULT);
    }

    private Answered ask(String request) {
        var answered = new Answered();
        cluster.submit(ScriptedMemory.request(request, SQL, 1), answered);
        return answered;
    }

    @Test
    void aReportHasTheRequestsAndTheAdaptersOfAReplica() {
        first.memory.makeResident(SQL).join();
        ask("r");
        var report = replicas.replica("0");
        assertThat(report.memory()).isEqualTo("0");
        assertThat(report.condition())
                .isEqualTo(new ReplicaReport.Condition(ReplicaStatus.SERVING, null, NOW));
        assertThat(report.adapters()).containsExactly(new ReplicaReport.Kept(SQL, SMALL));
        assertThat(report.requests())
                .singleElement()
                .returns("r", ReplicaReport.OpenRequest::id)
                .returns(SQL, ReplicaReport.OpenRequest::model)
                .returns(0, ReplicaReport.OpenRequest::outputTokens)
                .returns(null, ReplicaReport.OpenRequest::movingTo);
        assertThat(replicas.replicas()).extracting(ReplicaReport::id).containsExactly("0", "1");
        assertThat(replicas.replica("1").requests()).isEmpty();
    }

    @Test
    void aDrainEndsWhenTheLastRequestThatCannotLeaveHasEnded() throws Exception {
        first.memory.makeResident(SQL).join();
        var answered = ask("r");
        replicas.drain("0");
        await().until(() -> second.residence(SQL) == Residence.RESIDENT);
        assertThat(replicas.replica("0").condition().state()).isEqualTo(ReplicaStatus.DRAINING);
        assertThat(replicas.replica("0").requests())
                .extracting(ReplicaReport.OpenRequest::movingTo)
                .containsExactly("1");
        assertThat(moves.running())
                .extracting(MigrationStatus::request, MigrationStatus::target)
                .containsExactly(tuple("r", "1"));
        assertThatIllegalStateException()
                .isThrownBy(() -> moves.moveRequest("r", "1", true, MoveCause.BY_HAND))
                .withMessage("Request 'r' is being moved already");
        first.replica().end("r");
        assertThat(answered.next()).isInstanceOf(Finished.class);
        await().until(() -> replicas.replica("0").condition().state() == ReplicaStatus.DRAINED);
        assertThat(moves.history())
                .singleElement()
                .returns(new MigrationResult.Ended(), move -> move.result());
    }

    @Test
    void aRequestThatWaitsForItsAdapterIsServedAlthoughItsReplicaDrains() throws Exception {
        first.policy(_ -> ResidencyPlan.NOTHING);
        var answered = ask("r");
        assertThat(first.memory.has("r")).isTrue();
        replicas.drain("0");
        assertThat(replicas.replica("0").condition().state()).isEqualTo(ReplicaStatus.DRAINING);
        first.policy(new CostAwareResidency());
        await().until(() -> first.replica().has("r"));
        first.replica().end("r");
        assertThat(answered.next()).isInstanceOf(Finished.class);
    }

    @Test
    void aMovedAdapterLeavesOnceItsLastRequestHasEnded() {
        first.memory.makeResident(SQL).join();
        ask("r");
        var move = moves.moveAdapter(SQL, "1", "0");
        second.awaitResidence(SQL, Residence.RESIDENT);
        await().until(() -> !moves.running().isEmpty());
        assertThat(first.residence(SQL)).isEqualTo(Residence.LEAVING);
        assertThat(move).isNotDone();
        first.replica().end("r");
        assertThat(move.join()).isEqualTo(new AdapterMove(SQL, "0", "1", 0, true));
        assertThat(first.residence(SQL)).isEqualTo(Residence.ABSENT);
    }
}
