package org.dlora.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import org.dlora.cluster.ClusterTest.FakeReplica;
import org.dlora.cluster.migration.MigrationRecord;
import org.dlora.cluster.migration.MoveCause;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.replica.ReplicaEvent.Exported;
import org.dlora.replica.ReplicaEvent.Imported;
import org.dlora.replica.ReplicaEvent.Resumed;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.SequenceState;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.GenerationRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Pauses of moved streams, by replicas whose events the test makes up. */
class MovePausesTest {
    private static final GenerationRequest REQUEST =
            TinyCluster.request("r", TinyCluster.BASE, 3, 5);

    private final FakeReplica source = new FakeReplica("0", 20);
    private final FakeReplica target = new FakeReplica("1", 10);
    private final CpuDevice device = new CpuDevice();
    private final AdapterMemory memory =
            TinyMemory.of("host", device, List.of(source, target), List.of());
    private final Cluster cluster =
            new Cluster(
                    List.of(source, target),
                    List.of(memory),
                    100,
                    new ServedNames("base", List.of()),
                    SchedulingSettings.DEFAULT);
    private final ClusterMigrations moves = new ClusterMigrations(cluster);

    @AfterEach
    void close() {
        List.of(source, target).forEach(replica -> replica.gone.complete(null));
        cluster.close();
        memory.close();
    }

    /** Moves a request, which gets a token at the target. */
    private MigrationRecord move(int told) {
        var moved = moves.moveRequest("r", "1", false, MoveCause.BY_HAND);
        await().until(() -> !source.told.isEmpty());
        var state = SequenceState.told(REQUEST, new int[told], List.of(), 0);
        source.moving("r", new Exported(state, 0));
        target.moving("r", new Imported("r", 1, 0));
        assertThat(moved.join().result()).isEqualTo(new MigrationResult.Moved());
        target.moving("r", new Resumed("r", 1, 1, 0.01));
        target.tell("r", new Token(1, "t", null));
        return moves.history().getFirst();
    }

    private void submit() {
        cluster.pool().drain("1", true);
        cluster.submit(REQUEST, _ -> {});
        cluster.pool().drain("1", false);
        assertThat(source.has("r")).isTrue();
    }

    @Test
    void aStreamPausesWhileItsRequestMoves() {
        submit();
        source.tell("r", new Token(1, "t", null));
        assertThat(move(1).pause()).isNotNull();
    }

    @Test
    void aRequestThatWaitsMovesWithoutPause() {
        submit();
        assertThat(move(0).pause()).isNull();
    }

    /**
     * A preempted request waits without KV, so the time since its last token is no pause of the
     * move.
     */
    @Test
    void aPreemptedRequestMovesWithoutPause() {
        submit();
        source.tell("r", new Token(1, "t", null));
        source.preempt("r");
        assertThat(move(1).pause()).isNull();
    }
}
