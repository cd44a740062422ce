package org.dlora.cluster.residency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import org.dlora.engine.ReplicaRef;
import org.junit.jupiter.api.Test;

class ReplicaChoiceTest {
    private final ScriptedReplica first = new ScriptedReplica("first");
    private final ScriptedReplica second = new ScriptedReplica("second");
    private final List<ReplicaRef> replicas = List.of(first, second);

    @Test
    void firstIsChosenAmongEquals() {
        assertThat(ReplicaChoice.leastLoaded(replicas)).isSameAs(first);
        assertThat(ReplicaChoice.leastLoaded(List.of(second, first))).isSameAs(second);
    }

    @Test
    void fewestRequestsCountAndThenFreeBlocks() {
        second.freeBlocks(1);
        assertThat(ReplicaChoice.leastLoaded(replicas)).isSameAs(second);
        second.submit(ScriptedMemory.request("r", "a", 1), _ -> {});
        assertThat(ReplicaChoice.leastLoaded(replicas)).isSameAs(first);
        first.submit(ScriptedMemory.request("s", "a", 1), _ -> {});
        assertThat(ReplicaChoice.leastLoaded(replicas)).isSameAs(second);
    }

    @Test
    void replicaThatHasEndedIsNotChosen() {
        first.close();
        assertThat(ReplicaChoice.leastLoaded(replicas)).isSameAs(second);
        second.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> ReplicaChoice.leastLoaded(replicas))
                .withMessage(
                        "No replica is serving: the server is shutting down, or its log says why they ended");
        assertThatIllegalStateException().isThrownBy(() -> ReplicaChoice.leastLoaded(List.of()));
    }
}
