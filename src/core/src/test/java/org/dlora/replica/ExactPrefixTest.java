package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.junit.jupiter.api.Test;

/** Tests of the sequences that read keys and values of merged weights, and of those that do not. */
class ExactPrefixTest {
    private static final AdapterRef ANT = AdapterRef.of("ant");
    private static final GenerationRequest REQUEST = RandomRequests.greedy("first", ANT, 70, 8);

    @Test
    void anExactRequestNeverHoldsABlockThatMergedWeightsWrote() {
        var replica = replica(PolicyKind.MERGED);
        serveMerged(replica);

        replica.submit(RandomRequests.exact("exact", REQUEST));
        replica.finish();

        assertThat(tokens(replica, "exact")).isEqualTo(undisturbed());
        assertThat(cached(replica, "exact")).isZero();
    }

    @Test
    void exactRequestsShareTheBlocksOfExactOnes() {
        var replica = replica(PolicyKind.MERGED);
        serveMerged(replica);
        replica.submit(RandomRequests.exact("one", REQUEST));
        replica.finish();

        replica.submit(RandomRequests.exact("another", REQUEST));
        replica.finish();

        assertThat(tokens(replica, "another")).isEqualTo(undisturbed());
        assertThat(cached(replica, "another")).isEqualTo(64);
    }

    @Test
    void aPolicyThatNeverMergesDoesNotAnswerFromMergedPrefixes() {
        var replica = replica(PolicyKind.MERGED);
        serveMerged(replica);

        replica.apply(new ReplicaCommand.Schedule(1, settings(PolicyKind.UNMERGED)));
        replica.submit(called("after"));
        replica.finish();

        assertThat(tokens(replica, "after")).isEqualTo(undisturbed());
        assertThat(cached(replica, "after")).isZero();
    }

    @Test
    void aPolicyThatMergesAnswersFromPrefixesOfBothKinds() {
        var replica = replica(PolicyKind.MERGED);
        serveMerged(replica);
        replica.submit(called("again"));
        replica.finish();
        assertThat(cached(replica, "again")).isEqualTo(64);
    }

    /** Serves once so that all cached blocks of the prompt are written by merged weights. */
    private static void serveMerged(SimulatedReplica replica) {
        replica.submit(RandomRequests.greedy("warm", ANT, 3, 40));
        replica.finish();
        assertThat(replica.lastStep().mode()).isEqualTo(Mode.merged("ant"));
        replica.submit(REQUEST);
        replica.finish();
        assertThat(tokens(replica, "first")).isNotEqualTo(undisturbed());
    }

    private static List<Integer> undisturbed() {
        var replica = replica(PolicyKind.UNMERGED);
        replica.submit(REQUEST);
        replica.finish();
        return tokens(replica, "first");
    }

    private static GenerationRequest called(String id) {
        return RandomRequests.greedy(id, ANT, 70, 8);
    }

    private static SimulatedReplica replica(PolicyKind policy) {
        return new SimulatedReplica(
                RandomRequests.shape(new StepLimits(8, 64, KvBlocks.TOKENS), 40),
                settings(policy),
                RandomRequests.ADAPTERS,
                new QuickMerges());
    }

    private static SchedulingSettings settings(PolicyKind policy) {
        return new SchedulingSettings(PolicySettings.of(policy), SloLimits.NONE);
    }

    private static List<Integer> tokens(SimulatedReplica replica, String request) {
        return replica.told(request).stream()
                .filter(Token.class::isInstance)
                .map(event -> ((Token) event).token())
                .toList();
    }

    private static int cached(SimulatedReplica replica, String request) {
        return ((Finished) replica.told(request).getLast()).cachedTokens();
    }
}
