package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.StepCounts;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.junit.jupiter.api.Test;

/** Choices of a call compute their prompt once, and no choice is held for nothing. */
class SharedPromptsTest {
    private static final AdapterRef ANT = AdapterRef.of("ant");
    private static final int PROMPT = 70;
    private static final int SHARED = 64;
    private static final int RUNS = 60;

    private final Rows model = new Rows(new HashModel(60));
    private final SimulatedReplica replica = replica(new StepLimits(16, 1000, KvBlocks.TOKENS));

    /** Counts the rows of each step. */
    private static final class Rows implements SimulatedModel {
        private final HashModel model;
        private final List<Integer> steps = new ArrayList<>();

        Rows(HashModel model) {
            this.model = model;
        }

        @Override
        public StepResult run(PlannedStep step, Requests requests) {
            steps.add(step.chunks().stream().mapToInt(Chunk::rows).sum());
            return model.run(step, requests);
        }
    }

    private SimulatedReplica replica(StepLimits limits) {
        return replica(limits, 60, true);
    }

    private SimulatedReplica replica(StepLimits limits, int blocks, boolean prefixCache) {
        return new SimulatedReplica(
                new ReplicaShape(
                        "r",
                        limits,
                        blocks,
                        RandomRequests.MAX_LENGTH,
                        HashModel.VOCAB,
                        prefixCache,
                        Set.of(HashModel.END),
                        blocks),
                SchedulingSettings.DEFAULT,
                RandomRequests.ADAPTERS,
                CostModel.UNCALIBRATED,
                model);
    }

    private static List<GenerationRequest> choices(GenerationRequest request, int n) {
        return IntStream.range(0, n).mapToObj(i -> request.withId(request.id() + i)).toList();
    }

    private static GenerationRequest call(int promptTokens) {
        return RandomRequests.greedy("c", ANT, promptTokens, 3);
    }

    private int cached(String request) {
        return cachedTokens(replica, request);
    }

    private static int cachedTokens(SimulatedReplica replica, String request) {
        return ((Finished) replica.told(request).getLast()).cachedTokens();
    }

    @Test
    void choicesOfOneStepComputeTheirPromptOnce() {
        choices(call(PROMPT), 8).forEach(replica::submit);
        replica.step();
        replica.step();
        // The first one's second row, and the rest of the prompt of the others.
        assertThat(model.steps).containsExactly(PROMPT, 1 + 7 * (PROMPT - SHARED));
        replica.finish();
        assertThat(cached("c0")).isZero();
        for (int i = 1; i < 8; i++) {
            assertThat(cached("c" + i)).isEqualTo(SHARED);
            assertThat(texts("c" + i)).isEqualTo(texts("c0"));
        }
    }

    private List<Integer> texts(String request) {
        return replica.told(request).stream()
                .filter(GenerationEvent.Token.class::isInstance)
                .map(token -> ((GenerationEvent.Token) token).token())
                .toList();
    }

    @Test
    void heldChoicesCountAsWaitingAndOthersGoPastThem() {
        choices(call(PROMPT), 8).forEach(replica::submit);
        replica.submit(RandomRequests.greedy("other", ANT, 40, 3));
        replica.step();
        assertThat(model.steps).containsExactly(PROMPT + 40);
        assertThat(replica.state().load().waiting()).isEqualTo(7);
        assertThat(replica.state().load().running()).isEqualTo(2);
    }

    @Test
    void promptsOfLessThanABlockWaitForNobody() {
        choices(call(KvBlocks.TOKENS), 3).forEach(replica::submit);
        replica.step();
        assertThat(model.steps).containsExactly(3 * KvBlocks.TOKENS);
    }

    /** The last token is computed by each choice, so its block is too. */
    @Test
    void aPromptOfFullBlocksIsSharedButForItsLastBlock() {
        choices(call(2 * KvBlocks.TOKENS), 3).forEach(replica::submit);
        replica.step();
        replica.step();
        assertThat(model.steps).containsExactly(2 * KvBlocks.TOKENS, 1 + 2 * KvBlocks.TOKENS);
    }

    @Test
    void aCachedPromptIsWaitedForByNobody() {
        replica.submit(call(PROMPT));
        replica.finish();
        model.steps.clear();
        choices(call(PROMPT), 3).forEach(replica::submit);
        replica.step();
        assertThat(model.steps).containsExactly(3 * (PROMPT - SHARED));
    }

    @Test
    void callsDoNotWaitForEachOther() {
        choices(call(PROMPT), 2).forEach(replica::submit);
        replica.submit(call(PROMPT).withId("x"));
        replica.submit(RandomRequests.greedy("y", ANT, PROMPT, 3));
        replica.step();
        assertThat(replica.state().load().running()).isEqualTo(3);
    }

    @Test
    void anotherChoiceComputesThePromptOfOneThatIsCancelled() {
        var slow = replica(new StepLimits(16, 20, KvBlocks.TOKENS));
        choices(call(PROMPT), 3).forEach(slow::submit);
        slow.step();
        slow.apply(new ReplicaCommand.Cancel("c0"));
        slow.apply(new ReplicaCommand.Cancel("c2"));
        slow.finish();
        assertThat(slow.told("c1").getLast()).isInstanceOf(Finished.class);
    }

    @Test
    void anotherChoiceComputesThePromptOfOneThatIsCancelledBeforeItBegan() {
        choices(call(PROMPT), 3).forEach(replica::submit);
        replica.apply(new ReplicaCommand.Cancel("c0"));
        replica.finish();
        assertThat(cached("c1")).isZero();
        assertThat(cached("c2")).isEqualTo(SHARED);
    }

    @Test
    void anotherChoiceComputesThePromptOfOneThatFails() {
        choices(call(PROMPT), 3).forEach(replica::submit);
        model.model.fail("c0");
        replica.finish();
        assertThat(replica.told("c0").getLast()).isInstanceOf(GenerationEvent.Failed.class);
        assertThat(cached("c2")).isEqualTo(SHARED);
    }

    @Test
    void anotherChoiceComputesThePromptOfOneThatMoves() {
        choices(call(PROMPT), 3).forEach(replica::submit);
        var moved = replica.export("c0");
        replica.finish();
        assertThat(cached("c1")).isZero();
        assertThat(cached("c2")).isEqualTo(SHARED);
        replica.take(moved);
        replica.finish();
        assertThat(cached("c0")).isEqualTo(SHARED);
    }

    /** By its age it would be first, but its prompt is computed already. */
    @Test
    void anOlderChoiceThatComesWaitsForTheOneThatComputes() {
        var slow = replica(new StepLimits(16, 20, KvBlocks.TOKENS));
        choices(call(PROMPT), 2).forEach(slow::submit);
        var moved = slow.export("c0");
        slow.step();
        slow.take(moved.aged(10));
        slow.finish();
        assertThat(cachedTokens(slow, "c1")).isZero();
        assertThat(cachedTokens(slow, "c0")).isEqualTo(SHARED);
    }

    @Test
    void choicesOfARescuedCallComputeItsPromptOnceMore() {
        var rescued = choices(call(PROMPT), 4);
        replica.take(answered(rescued.getFirst(), 9));
        rescued.stream().skip(1).map(SequenceState::of).forEach(replica::take);
        replica.step();
        assertThat(model.steps).containsExactly(PROMPT + 1 + PROMPT);
        replica.finish();
        assertThat(cached("c3")).isEqualTo(SHARED);
    }

    private static SequenceState answered(GenerationRequest request, int token) {
        return new SequenceState(
                request, new int[] {token}, "", List.of(), 0, true, 0, StepCounts.NONE, 0);
    }

    @Test
    void choicesThatFindNoBlocksAnyMoreComputeThePrompt() {
        var narrow = replica(new StepLimits(1, 1000, KvBlocks.TOKENS));
        choices(call(PROMPT), 3).forEach(narrow::submit);
        narrow.step();
        narrow.apply(new ReplicaCommand.Cancel("c0"));
        narrow.apply(new ReplicaCommand.ForgetCache());
        narrow.finish();
        assertThat(cachedTokens(narrow, "c1")).isZero();
        assertThat(cachedTokens(narrow, "c2")).isEqualTo(SHARED);
    }

    @Test
    void aChoiceThatIsPreemptedComputesThePromptOnceItRunsAgain() {
        var tight = replica(new StepLimits(4, 12, KvBlocks.TOKENS), 6, true);
        choices(call(60), 3).forEach(tight::submit);
        tight.step();
        tight.step();
        var older = RandomRequests.greedy("older", ANT, 70, 3);
        tight.take(SequenceState.of(older).aged(10));
        tight.finish();
        assertThat(tight.events()).contains(new ReplicaEvent.Preempted("c0"));
        assertThat(cachedTokens(tight, "c0")).isZero();
        assertThat(cachedTokens(tight, "c1")).isEqualTo(48);
        assertThat(cachedTokens(tight, "c2")).isEqualTo(48);
    }

    @Test
    void anAdapterThatLeavesWaitsForAllChoices() {
        choices(call(PROMPT), 3).forEach(replica::submit);
        replica.apply(new ReplicaCommand.UnloadAdapter("ant"));
        replica.finish();
        assertThat(cached("c2")).isEqualTo(SHARED);
        assertThat(replica.events().getLast()).isEqualTo(new ReplicaEvent.AdapterUnloaded("ant"));
    }

    @Test
    void allChoicesFailWithTheirReplica() {
        choices(call(PROMPT), 3).forEach(replica::submit);
        replica.apply(new ReplicaCommand.FailAll(FailureCode.REPLICA_FAULT, "it burns"));
        assertThat(replica.unfinished()).isEmpty();
        assertThat(replica.told("c2").getLast()).isInstanceOf(GenerationEvent.Failed.class);
    }

    @Test
    void logprobsOfThePromptAreWaitedForByNobody() {
        var plain = call(PROMPT);
        var echoed =
                new GenerationRequest(
                        "e", ANT, plain.prompt(), plain.sampling(), plain.stop(), 0, 0, true);
        choices(echoed, 3).forEach(replica::submit);
        replica.step();
        assertThat(replica.state().load().running()).isEqualTo(3);
    }

    @Test
    void noChoiceWaitsWithoutAPrefixCache() {
        var uncached = replica(new StepLimits(16, 1000, KvBlocks.TOKENS), 60, false);
        choices(call(PROMPT), 3).forEach(uncached::submit);
        uncached.step();
        assertThat(model.steps).containsExactly(3 * PROMPT);
    }

    /** The state is checked after each command and step. */
    @Test
    void everyChoiceEndsWhateverHappensToTheOthers() {
        var policies = PolicyKind.values();
        for (int run = 0; run < RUNS; run++) {
            serve(new Random(run), policies[run % policies.length]);
        }
    }

    private static void serve(Random random, PolicyKind policy) {
        var shape = RandomRequests.tightShape(random);
        var served =
                new SimulatedReplica(
                        shape,
                        new SchedulingSettings(PolicySettings.of(policy), SloLimits.NONE),
                        RandomRequests.ADAPTERS,
                        new QuickMerges());
        var all = new ArrayList<String>();
        for (int i = 0; i < 120; i++) {
            switch (random.nextInt(8)) {
                case 0 -> {
                    var call = RandomRequests.any("r" + i + "-", random);
                    for (var choice : choices(call, 1 + random.nextInt(5))) {
                        all.add(choice.id());
                        served.submit(choice);
                    }
                }
                case 1 ->
                        one(served, random)
                                .forEach(id -> served.apply(new ReplicaCommand.Cancel(id)));
                case 2 -> one(served, random).forEach(id -> served.take(served.export(id)));
                default -> {
                    if (!served.state().isIdle()) {
                        served.step();
                    }
                }
            }
        }
        served.finish();
        for (var id : all) {
            assertThat(served.told(id).getLast().isLast()).isTrue();
        }
    }

    private static List<String> one(SimulatedReplica served, Random random) {
        var unfinished = served.unfinished().stream().sorted().toList();
        return unfinished.isEmpty()
                ? List.of()
                : List.of(unfinished.get(random.nextInt(unfinished.size())));
    }
}
