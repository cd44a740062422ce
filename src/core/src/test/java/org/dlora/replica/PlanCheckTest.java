package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.Decision;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.PolicySource;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.StepPlan;
import org.dlora.scheduling.StepPlan.Run;
import org.junit.jupiter.api.Test;

/**
 * A plan that cannot be carried out is a defect of its policy, and leaves a state to go on from.
 */
class PlanCheckTest {
    private static final AdapterRef ANT = AdapterRef.of("ant");
    private static final long SECOND = Sequences.PLACES;
    private static final LoraFacts LORA = new LoraFacts(8, 100, 100, 100);

    private Function<Snapshot, StepPlan> policy = _ -> new StepPlan(List.of(), List.of());
    private final ReplicaState state =
            new ReplicaState(
                    RandomRequests.shape(new StepLimits(4, 64, KvBlocks.TOKENS), 6),
                    new SchedulingSettings(new Scripted(), SloLimits.NONE),
                    List.of(
                            SimulatedReplica.profile("ant", LORA),
                            SimulatedReplica.profile("bee", LORA)));

    /** A policy whose plans a test decides. */
    private final class Scripted implements Policy<Integer>, PolicySource {
        @Override
        public String name() {
            return "scripted";
        }

        @Override
        public boolean mayMerge() {
            return true;
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
        public Decision<Integer> decide(Snapshot snapshot, Integer before) {
            var plan = policy.apply(snapshot);
            var why =
                    new StepDecision(
                            name(), "c", "w", plan.mode(), plan.target(), List.of(), 1, Map.of());
            return new Decision<>(plan, before, why);
        }
    }

    private void submit(String id, AdapterRef adapter, int prompt) {
        submit(RandomRequests.greedy(id, adapter, prompt, 20));
    }

    private void submit(GenerationRequest request) {
        state.apply(new ReplicaCommand.Submit(request), 0);
    }

    /** Refuses {@code plan}, and serves afterwards as if it had never been made. */
    private void assertRefused(StepPlan plan, String message) {
        policy = _ -> plan;
        assertThatIllegalStateException()
                .isThrownBy(() -> state.plan(1))
                .withMessageContaining(message);
        state.apply(new ReplicaCommand.FailAll(FailureCode.REPLICA_FAULT, "a test"), 1);
        assertThat(state.isIdle()).isTrue();
        assertThat(state.verify()).isTrue();
        assertThat(state.load().freeBlocks()).isEqualTo(6);
    }

    private static StepPlan run(Run... runs) {
        return new StepPlan(List.of(), List.of(runs));
    }

    @Test
    void aPlanRunsSomething() {
        submit("a", ANT, 10);
        assertRefused(run(), "runs nothing though sequences are unfinished");
    }

    @Test
    void aSequenceHasNoMoreRowsThanArePending() {
        submit("a", ANT, 10);
        assertRefused(run(new Run(0, 11)), "runs 11 rows of sequence 0, which has 10 pending");
    }

    @Test
    void aSequenceThatRunsHasARow() {
        submit("a", ANT, 10);
        assertRefused(run(new Run(0, 0)), "runs 0 rows of sequence 0");
    }

    @Test
    void aSequenceRunsOnceInAStep() {
        submit("a", ANT, 10);
        assertRefused(run(new Run(0, 5), new Run(0, 5)), "or runs it twice");
    }

    @Test
    void aPlanNamesSequencesThatAreThere() {
        submit("a", ANT, 10);
        assertRefused(run(new Run(0, 10), new Run(7, 1)), "sequence 7, which is not there");
        submit("b", ANT, 10);
        assertRefused(
                new StepPlan(List.of(9L), List.of(new Run(SECOND, 10))),
                "sequence 9, which is not there");
    }

    /** Six blocks hold 96 tokens. */
    @Test
    void aPlanFitsTheBlocks() {
        submit("a", ANT, 60);
        submit("b", ANT, 60);
        assertRefused(run(new Run(0, 60), new Run(SECOND, 60)), "All 6 KV blocks are held");
    }

    /** A step has 32 rows beyond one for each sequence whose logits may be wanted. */
    @Test
    void logProbabilitiesOfPromptsFitTheLogits() {
        submit(reporting("a", 35));
        assertRefused(run(new Run(0, 34)), "logits of 33 rows for log-probabilities");
        submit(reporting("b", 35));
        policy = _ -> run(new Run(SECOND, 33));
        assertThat(state.plan(1).chunks().getFirst().promptLogits()).isEqualTo(33);
    }

    private static GenerationRequest reporting(String id, int prompt) {
        var like = RandomRequests.greedy(id, ANT, prompt, 20);
        return new GenerationRequest(
                id, ANT, like.prompt(), like.sampling(), like.stop(), -1, 0, true);
    }

    @Test
    void weightsAreReadyBeforeTheyAreUsed() {
        submit("a", ANT, 10);
        assertRefused(
                in(Mode.merged("ant"), Mode.merged("ant"), 0), "merged(ant), which is not ready");
    }

    @Test
    void onlyALoadedAdapterIsATarget() {
        submit("a", ANT, 10);
        assertRefused(in(Mode.unmerged(), Mode.merged("dog"), 0), "Adapter dog is not loaded");
    }

    @Test
    void anExactSequenceDoesNotRunThroughMergedWeights() {
        merge(MergeRules.FREE);
        submit(RandomRequests.exact("a", RandomRequests.greedy("a", ANT, 10, 20)));
        assertRefused(
                in(Mode.merged("ant"), Mode.merged("ant"), 0),
                "Sequence 0 cannot run in merged(ant)");
    }

    @Test
    void othersRunBesideAMergedAdapterWhereItsRulesAllowIt() {
        merge(MergeRules.aloneOnly("noise"));
        submit("a", AdapterRef.of("bee"), 10);
        assertRefused(
                in(Mode.merged("ant"), Mode.merged("ant"), 0),
                "Sequence 0 cannot run in merged(ant)");
        submit("b", AdapterRef.base(), 10);
        assertRefused(
                in(Mode.merged("ant"), Mode.merged("ant"), SECOND),
                "Sequence %d cannot run in merged(ant)".formatted(SECOND));
        submit("c", ANT, 10);
        policy = _ -> in(Mode.merged("ant"), Mode.merged("ant"), 2 * SECOND);
        assertThat(state.plan(1).correctedRows()).isZero();
    }

    @Test
    void rowsOfOthersAreCorrectedWhileAnAdapterIsMerged() {
        merge(MergeRules.FREE);
        submit("a", ANT, 10);
        submit("b", AdapterRef.base(), 7);
        policy =
                _ ->
                        new StepPlan(
                                Mode.merged("ant"),
                                Mode.merged("ant"),
                                List.of(),
                                List.of(new Run(0, 10), new Run(SECOND, 7)));
        var step = state.plan(1);
        assertThat(step.rows()).isEqualTo(17);
        assertThat(step.correctedRows()).isEqualTo(7);
    }

    private void merge(MergeRules rules) {
        state.apply(new ReplicaCommand.SetMergeRules("ant", rules), 0);
        state.apply(
                new ReplicaCommand.ReportWeights(
                        new WeightReport(
                                Mode.merged("ant"), Set.of("ant"), null, 1000, 100, 0, 0, 0, null)),
                0);
    }

    private static StepPlan in(Mode mode, Mode target, long sequence) {
        return new StepPlan(mode, target, List.of(), List.of(new Run(sequence, 10)));
    }
}
