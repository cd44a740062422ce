package org.dlora.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Clock;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.migration.AdapterMove;
import org.dlora.cluster.replicas.NoSuchReplicaException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Adapters that are copied and moved between the memories of two replicas of a real model. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AdapterMovesTest {
    private static final String SQL = "r8-all";
    private static final int REQUESTS = 120;

    @Test
    void answersOfAMovedAdapterAreThoseOfUndisturbedOnes() throws InterruptedException {
        try (var server = new TwoMemories()) {
            var moves = new ClusterMigrations(server.cluster);
            var undisturbed = TwoMemories.await(server.ask("alone", REQUESTS));
            moves.copyAdapter(SQL, "0").join();
            var answers = server.ask("r", REQUESTS);
            answers.get(1).awaitStart();
            var moved = moves.moveAdapter(SQL, "1", "0").join();
            assertThat(moved).isEqualTo(new AdapterMove(SQL, "0", "1", 0, true));
            assertThat(server.isResident("0", SQL)).isFalse();
            assertThat(server.isResident("1", SQL)).isTrue();
            assertThat(TwoMemories.await(answers)).isEqualTo(undisturbed);
            assertThat(moves.history())
                    .isNotEmpty()
                    .allMatch(move -> move.model().equals(SQL) && move.target().equals("1"));
        }
    }

    @Test
    void aCopyIsResidentInBothMemories() {
        try (var server = new TwoMemories()) {
            var moves = new ClusterMigrations(server.cluster);
            var copied = new AdapterMove(SQL, null, "1", 0, false);
            assertThat(moves.copyAdapter(SQL, "1").join()).isEqualTo(copied);
            assertThat(server.isResident("0", SQL)).isTrue();
            assertThat(server.isResident("1", SQL)).isTrue();
            assertThat(moves.copyAdapter(SQL, "1").join()).isEqualTo(copied);
        }
    }

    @Test
    void anAdapterLeavesTheOnlyMemoryInWhichItIs() {
        try (var server = new TwoMemories()) {
            var moves = new ClusterMigrations(server.cluster);
            assertThat(moves.moveAdapter(SQL, "1", null).join())
                    .isEqualTo(new AdapterMove(SQL, "0", "1", 0, true));
            assertThat(server.isResident("0", SQL)).isFalse();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> moves.moveAdapter(SQL, "1", null))
                    .withMessageContaining(
                            "does not move: replica 1 uses memory 1, which is the one that it would leave");
            moves.copyAdapter(SQL, "0").join();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> moves.moveAdapter(SQL, "1", null))
                    .withMessageContaining(
                            "is resident in memories [0, 1]; name a replica of the one that it leaves as 'from'");
        }
    }

    @Test
    void movesThatCannotBeAreRefusedInWords() {
        try (var server = new TwoMemories()) {
            var moves = new ClusterMigrations(server.cluster);
            assertThatExceptionOfType(NoSuchAdapterException.class)
                    .isThrownBy(() -> moves.copyAdapter("nosql", "1"));
            assertThatExceptionOfType(NoSuchReplicaException.class)
                    .isThrownBy(() -> moves.copyAdapter(SQL, "2"));
            assertThatExceptionOfType(NoSuchReplicaException.class)
                    .isThrownBy(() -> moves.moveAdapter(SQL, "1", "2"));
            assertThatIllegalStateException()
                    .isThrownBy(() -> moves.moveAdapter(SQL, "0", "1"))
                    .withMessage("Adapter 'r8-all' is not resident in memory 1; copy it instead");
            server.memories.getFirst().pin(SQL + "#1", true);
            assertThatIllegalStateException()
                    .isThrownBy(() -> moves.moveAdapter(SQL, "1", null))
                    .withMessage("Adapter 'r8-all' is pinned; unpin it first");
            server.memories.getFirst().pin(SQL + "#1", false);
            new ClusterReplicas(server.cluster, Clock.systemUTC()).drain("1");
            assertThatIllegalStateException()
                    .isThrownBy(() -> moves.moveAdapter(SQL, "1", null))
                    .withMessage("No replica of memory 1 takes requests");
            server.memories.getFirst().evict(SQL + "#1").join();
            assertThatIllegalStateException()
                    .isThrownBy(() -> moves.moveAdapter(SQL, "1", null))
                    .withMessage("Adapter 'r8-all' is resident in no memory; copy it instead");
        }
    }
}
