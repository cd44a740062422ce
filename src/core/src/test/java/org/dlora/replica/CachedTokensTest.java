package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.Decision;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.PolicySource;
import org.dlora.scheduling.PrefixHash;
import org.dlora.scheduling.SequenceView;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.StepPlan;
import org.junit.jupiter.api.Test;

/** Tests of the prefix cache's content, and of the cached tokens that requests report. */
class CachedTokensTest {
    private static final AdapterRef ANT = AdapterRef.of("ant");
    private static final int BLOCKS = 40;

    @Test
    void aWaitingRequestReportsThePrefixItBeginsWith() {
        var settings = new SchedulingSettings(new YoungestFirst(), SloLimits.NONE);
        var replica = replica(settings, new HashModel(BLOCKS));
        replica.submit(RandomRequests.greedy("old", ANT, 70, 3));
        replica.submit(RandomRequests.greedy("young", ANT, 70, 3));
        replica.finish();
        assertThat(cached(replica, "young")).isZero();
        assertThat(cached(replica, "old")).isEqualTo(64);
        assertThat(replica.events())
                .contains(
                        new ReplicaEvent.Began("young", 70, 0),
                        new ReplicaEvent.Began("old", 70, 64));
    }

    @Test
    void nanKeysAndValuesAreNotCached() {
        var model = new HashModel(BLOCKS);
        var replica = replica(SchedulingSettings.DEFAULT, model);
        model.overflow("ant");
        replica.submit(RandomRequests.greedy("broken", ANT, 70, 3));
        replica.finish();
        assertThat(((Failed) replica.told("broken").getLast()).code())
                .isEqualTo(FailureCode.LOGITS_NOT_FINITE);

        model.overflow(null);
        replica.submit(RandomRequests.greedy("next", ANT, 70, 3));
        replica.finish();
        assertThat(cached(replica, "next")).isZero();
    }

    @Test
    void blocksOfAFailedSequenceAreForgottenAndTheirOtherHoldersContinue() {
        var model = new HashModel(BLOCKS);
        var replica = replica(SchedulingSettings.DEFAULT, model);
        replica.submit(RandomRequests.greedy("holder", ANT, 70, 9));
        while (replica.output("holder") < 3) {
            replica.step();
        }
        replica.submit(RandomRequests.greedy("broken", ANT, 70, 9));
        model.fail("broken");
        replica.step();
        assertThat(replica.told("broken").getLast()).isInstanceOf(Failed.class);
        replica.finish();
        assertThat(replica.told("holder").getLast()).isInstanceOf(Finished.class);

        replica.submit(RandomRequests.greedy("next", ANT, 70, 3));
        replica.finish();
        assertThat(cached(replica, "next")).isZero();
    }

    @Test
    void hashesOfTheSameTokensDifferBetweenProcesses() {
        int[] tokens = {1, 2, 3};
        assertThat(hash(1, tokens, "ant"))
                .isNotEqualTo(hash(2, tokens, "ant"))
                .isNotEqualTo(hash(1, tokens, "bee"))
                .isEqualTo(hash(1, tokens.clone(), "ant"));
    }

    @Test
    void hashesTellTheAdapterFromTheOwner() {
        int[] tokens = {1, 2, 3};
        assertThat(hash(1, tokens, "ant", "red"))
                .isNotEqualTo(hash(1, tokens, "ant", "blue"))
                .isNotEqualTo(hash(1, tokens, "antred", ""))
                .isNotEqualTo(hash(1, tokens, "an", "tred"));
    }

    private static long hash(long seed, int[] tokens, String... owner) {
        return PrefixHash.of(PrefixHash.root(seed, owner), tokens, 0, tokens.length);
    }

    private static SimulatedReplica replica(SchedulingSettings settings, HashModel model) {
        return new SimulatedReplica(
                RandomRequests.shape(new StepLimits(8, 100, KvBlocks.TOKENS), BLOCKS),
                settings,
                RandomRequests.ADAPTERS,
                CostModel.UNCALIBRATED,
                model);
    }

    private static int cached(SimulatedReplica replica, String request) {
        return ((Finished) replica.told(request).getLast()).cachedTokens();
    }

    /** Runs the youngest sequence alone, so that the oldest waits though blocks are free. */
    private record YoungestFirst() implements Policy<Integer>, PolicySource {
        @Override
        public String name() {
            return "youngest-first";
        }

        @Override
        public boolean mayMerge() {
            return false;
        }

        @Override
        public Policy<?> create() {
            return this;
        }

        @Override
        public Integer start() {
            return 0;
        }

        @Override
        public Decision<Integer> decide(Snapshot snapshot, Integer state) {
            var sequences = new ArrayList<SequenceView>(snapshot.sequences());
            var youngest = sequences.getLast();
            var run = List.of(new StepPlan.Run(youngest.id(), youngest.pending()));
            var why =
                    new StepDecision(
                            name(),
                            "youngest",
                            "a test wants it",
                            Mode.unmerged(),
                            Mode.unmerged(),
                            List.of(),
                            Double.NaN,
                            Map.of());
            return new Decision<>(new StepPlan(List.of(), run), state, why);
        }
    }
}
