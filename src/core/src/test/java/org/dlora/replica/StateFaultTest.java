package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.StepCounts;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.StepLimits;
import org.junit.jupiter.api.Test;

/** Tests that a fault of one sequence or one state concerns no other. */
class StateFaultTest {
    private static final ReplicaShape SHAPE =
            RandomRequests.shape(new StepLimits(4, 64, KvBlocks.TOKENS), 5);

    private final SimulatedReplica replica =
            new SimulatedReplica(
                    SHAPE,
                    SchedulingSettings.DEFAULT,
                    RandomRequests.ADAPTERS,
                    CostModel.UNCALIBRATED);

    @Test
    void aSequenceThatCannotBeResumedIsRefusedAlone() {
        replica.submit(RandomRequests.greedy("good", AdapterRef.base(), 9, 4));
        var request = RandomRequests.greedy("bad", AdapterRef.base(), 9, 4);
        var state = state(request, new int[] {1}, "no stop");

        replica.take(state);

        assertThat(refusal("bad")).isEqualTo(FailureCode.REPLICA_FAULT);
        replica.finish();
        assertThat(replica.told("good").getLast()).isInstanceOf(Finished.class);
    }

    @Test
    void aSequenceThatIsTooLongForTheReplicaIsRefusedAlone() {
        replica.submit(RandomRequests.greedy("good", AdapterRef.base(), 9, 4));
        var request = RandomRequests.greedy("long", AdapterRef.base(), 40, 100);
        var output = new Random(1).ints(40, 1, HashModel.VOCAB).toArray();

        replica.take(state(request, output, ""));

        assertThat(refusal("long")).isEqualTo(FailureCode.REPLICA_FAULT);
        replica.finish();
        assertThat(replica.told("good").getLast()).isInstanceOf(Finished.class);
    }

    @Test
    void theLongestSequenceThatFitsIsTaken() {
        var request = RandomRequests.greedy("long", AdapterRef.base(), 40, 100);
        var output = new Random(1).ints(39, 1, HashModel.VOCAB).toArray();
        replica.take(state(request, output, ""));
        replica.finish();
        assertThat((Finished) replica.told("long").getLast())
                .returns(FinishReason.LENGTH, Finished::reason)
                .returns(40, Finished::outputTokens);
    }

    @Test
    void aStateThatBeginsAgainUnloadsWhatWasLeaving() {
        replica.apply(
                new ReplicaCommand.LoadAdapter(SimulatedReplica.profile("dog", LoraFacts.NONE)));
        replica.submit(RandomRequests.greedy("r", AdapterRef.of("dog"), 9, 4));
        replica.apply(new ReplicaCommand.UnloadAdapter("dog"));

        var fresh = replica.state().restarted();
        var events = fresh.apply(new ReplicaCommand.Rest(), 0);

        assertThat(events).containsExactly(new ReplicaEvent.AdapterUnloaded("dog"));
        assertThat(fresh.uses("dog")).isFalse();
    }

    private static SequenceState state(GenerationRequest request, int[] output, String held) {
        return new SequenceState(request, output, held, List.of(), 0, true, 0, StepCounts.NONE, 0);
    }

    private FailureCode refusal(String request) {
        return replica.events().stream()
                .filter(event ->
                        event instanceof ReplicaEvent.Refused(var id, _, _) && id.equals(request))
                .map(event -> ((ReplicaEvent.Refused) event).failure().code())
                .findFirst()
                .orElseThrow();
    }
}
