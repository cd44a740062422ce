package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.StepLimits;
import org.junit.jupiter.api.Test;

class ActiveAdaptersTest {
    /** Two sequences run at a time. */
    private final SimulatedReplica replica =
            new SimulatedReplica(
                    RandomRequests.shape(new StepLimits(2, 64, KvBlocks.TOKENS), 20),
                    SchedulingSettings.DEFAULT,
                    RandomRequests.ADAPTERS,
                    CostModel.UNCALIBRATED);

    @Test
    void followsSequencesFromTheQueueThroughTheStepsToTheirEnd() {
        assertThat(active()).isEqualTo(ActiveAdapters.NONE);
        submit("a1", "cat", 2);
        submit("a2", "cat", 8);
        submit("a3", "cat", 8);
        submit("b", "ant", 8);
        assertThat(active()).isEqualTo(new ActiveAdapters(List.of(), List.of("ant", "cat")));
        replica.step();
        assertThat(active()).isEqualTo(new ActiveAdapters(List.of("cat"), List.of("ant", "cat")));
        replica.step();
        replica.step();
        assertThat(active()).isEqualTo(new ActiveAdapters(List.of("cat"), List.of("ant")));
        replica.apply(new ReplicaCommand.Cancel("b"));
        assertThat(active()).isEqualTo(new ActiveAdapters(List.of("cat"), List.of()));
        replica.finish();
        assertThat(active()).isEqualTo(ActiveAdapters.NONE);
    }

    @Test
    void theBaseModelIsNoAdapter() {
        replica.submit(RandomRequests.greedy("r", AdapterRef.base(), 9, 4));
        replica.step();
        assertThat(active()).isEqualTo(ActiveAdapters.NONE);
    }

    @Test
    void twoVersionsOfANameAreOneAdapter() {
        for (var id : List.of("dog#1", "dog#2")) {
            replica.apply(
                    new ReplicaCommand.LoadAdapter(
                            new AdapterProfile(
                                    id, "dog", "content of " + id, LoraFacts.NONE, null)));
            submit("r" + id, id, 4);
        }
        replica.step();
        assertThat(active()).isEqualTo(new ActiveAdapters(List.of("dog"), List.of()));
    }

    private void submit(String id, String adapter, int tokens) {
        replica.submit(RandomRequests.greedy(id, AdapterRef.of(adapter), 9, tokens));
    }

    private ActiveAdapters active() {
        return replica.state().activeAdapters();
    }
}
