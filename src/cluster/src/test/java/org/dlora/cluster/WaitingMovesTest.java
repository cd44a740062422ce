package org.dlora.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.dlora.cluster.ClusterTest.FakeReplica;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.migration.MoveConflictException;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.migration.MigrationResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Moves that wait for their adapter, whose load on the target ends when the test says so. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WaitingMovesTest {
    private final FakeReplica source = new FakeReplica("0", 10);
    private final FakeReplica target = new FakeReplica("1", 20);
    private final CpuDevice device = new CpuDevice();
    private final ServedAdapter bee = TinyAdapter.served("bee#1", "bee");
    private final AdapterMemory from = TinyMemory.of("0", device, List.of(source), List.of(bee));
    private final AdapterMemory to = TinyMemory.of("1", device, List.of(target), List.of());
    private final CompletableFuture<Void> load = new CompletableFuture<>();
    private final ServedNames names = new ServedNames("base", List.of(bee));
    private final Cluster cluster =
            new Cluster(
                    List.of(source, target),
                    List.of(from, to),
                    100,
                    names,
                    SchedulingSettings.DEFAULT);
    private final ClusterMigrations moves = new ClusterMigrations(cluster);

    @BeforeEach
    void holdUpTheLoad() {
        to.register(bee.id(), bee.source());
        target.loads = load;
        List.of(source, target).forEach(replica -> replica.gone.complete(null));
    }

    @AfterEach
    void close() {
        load.complete(null);
        cluster.close();
        List.of(from, to).forEach(AdapterMemory::close);
    }

    /** Runs a request on the source and orders its move. */
    private CompletableFuture<MigrationResult> move() {
        cluster.pool().drain("1", true);
        cluster.submit(TinyCluster.request("r", "bee", 3, 5), _ -> {});
        cluster.pool().drain("1", false);
        assertThat(source.has("r")).isTrue();
        var moved = cluster.migrations().move("r", "1", true);
        assertThat(to.waiting()).isEqualTo(1);
        return moved;
    }

    @Test
    void theWaitEndsWithTheRequest() {
        var moved = move();
        source.end("r");
        assertThat(moved.join()).isEqualTo(new MigrationResult.Ended());
        assertThat(to.waiting()).isZero();
        load.complete(null);
        await().until(() -> cluster.migrations().running().isEmpty());
    }

    /** A request that has the id of an earlier one may wait in the same memory. */
    @Test
    void theEndOfAMoveEndsNoOtherWait() {
        var _ = move();
        source.end("r");
        cluster.pool().drain("0", true);
        cluster.submit(TinyCluster.request("r", "bee", 3, 5), _ -> {});
        cluster.pool().drain("0", false);
        await().until(() -> cluster.migrations().running().isEmpty());
        assertThat(to.has("r")).isTrue();
        load.complete(null);
        await().until(() -> target.has("r"));
        target.end("r");
    }

    @Test
    void aTargetThatTakesNoRequestsAnyMoreIsRefused() {
        var moved = move();
        cluster.pool().drain("1", true);
        load.complete(null);
        assertThat(moved.join())
                .isEqualTo(new MigrationResult.Failed("Replica 1 takes no requests"));
        assertThat(source.has("r")).isTrue();
        source.end("r");
    }

    @Test
    void anAdapterThatIsPinnedMeanwhileIsAConflict() {
        var moved = moves.moveAdapter("bee", "1", "0");
        from.pin(bee.id(), true);
        load.complete(null);
        assertThatThrownBy(moved::join)
                .hasCauseInstanceOf(MoveConflictException.class)
                .hasMessageContaining("is pinned; unpin it first");
    }

    @Test
    void anAdapterThatIsUnloadedMeanwhileIsNotFound() {
        var moved = moves.moveAdapter("bee", "1", "0");
        assertThat(names.withdraw(cluster, "bee")).isPresent();
        load.complete(null);
        assertThatThrownBy(moved::join)
                .hasCauseInstanceOf(NoSuchAdapterException.class)
                .hasMessageContaining("'bee' is not loaded");
    }
}
