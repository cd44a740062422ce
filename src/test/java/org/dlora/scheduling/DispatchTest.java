package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class DispatchTest {
    @Test
    void theFewestUnfinishedRequestsCountWhetherTheyRunOrWait() {
        assertThat(chosen(load("a", 3, 0, 9), load("b", 0, 2, 1), load("c", 1, 2, 9)))
                .isEqualTo("b");
    }

    @Test
    void amongEqualsFreeBlocksCountAndThenTheOrder() {
        assertThat(chosen(load("a", 1, 1, 5), load("b", 2, 0, 6), load("c", 0, 2, 6)))
                .isEqualTo("b");
    }

    @Test
    void noReplicaIsChosenWhereNoneServes() {
        assertThat(Dispatch.leastLoaded(List.of())).isEmpty();
    }

    private static String chosen(ReplicaLoad... serving) {
        return Dispatch.leastLoaded(List.of(serving)).orElseThrow().id();
    }

    private static ReplicaLoad load(String id, int running, int waiting, int freeBlocks) {
        return new ReplicaLoad(id, running, waiting, freeBlocks, 10);
    }
}
