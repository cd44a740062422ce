package org.dlora.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RowUse;
import org.dlora.engine.merging.ReplicaWeights;
import org.dlora.engine.step.ModelRunner;
import org.dlora.engine.step.TextStream;
import org.dlora.engine.weights.AdapterGroups;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationEvent.Prompt;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.replica.request.StepCounts;
import org.dlora.replica.request.StopConditions;
import org.dlora.replica.request.TokenLogprobs;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.StepPlan;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;

class EngineTest {
    private static final int BLOCKS = 8;

    private final FakeModel model = new FakeModel(BLOCKS);
    private final Observed observed = new Observed();
    private final Engine engine = engine(SchedulingSettings.DEFAULT);

    @Test
    void aPreemptedSequenceGoesOnWithoutLosingOrRepeatingAToken() {
        var requests =
                List.of(
                        Requests.greedy("old", 40, 50),
                        sampled("young", 30, 40),
                        sampled("youngest", 20, 40));
        var recordings = requests.stream().map(this::submit).toList();
        run();
        assertThat(observed.preemptions()).isPositive();
        assertThat(recordings.stream().mapToInt(Recording::preemptions).sum())
                .isEqualTo(observed.preemptions());
        for (int i = 0; i < requests.size(); i++) {
            assertThat(Oracle.ignoringSteps(recordings.get(i).events()))
                    .isEqualTo(Oracle.events(requests.get(i), BLOCKS * 16));
        }
    }

    @Test
    void cancellingFreesSlotAndBlocksAtOnce() {
        var request = unending("r", 40);
        var recording = submit(request);
        engine.step();
        engine.step();
        assertThat(engine.status().load())
                .isEqualTo(new ReplicaLoad("test", 1, 0, BLOCKS - 3, BLOCKS));

        engine.cancel("r");

        assertThat(engine.status().load()).isEqualTo(new ReplicaLoad("test", 0, 0, BLOCKS, BLOCKS));
        assertThat(recording.last())
                .isEqualTo(
                        new Finished(
                                FinishReason.CANCELLED,
                                "",
                                null,
                                new SequenceUsage(40, 0, 2, 0, new StepCounts(2, 0, 0))));
        engine.cancel("r");
        engine.cancel("unknown");
        engine.verify();
    }

    @Test
    void anExportedRequestIsForgottenAndMayComeAgain() {
        var left = submit(unending("r", 40));
        engine.step();
        engine.apply(new ReplicaCommand.Export("r"));
        assertThat(engine.isIdle()).isTrue();
        int before = left.events().size();

        var again = submit(Requests.greedy("r", 40, 3));
        run();

        assertThat(left.events()).hasSize(before);
        assertThat(again.finishReason()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void aWaitingRequestCanBeCancelled() {
        submit(unending("first", 100));
        var waiting = submit(unending("second", 100));
        engine.step();
        assertThat(engine.status().load().waiting()).isEqualTo(1);
        engine.cancel("second");
        assertThat(waiting.finishReason()).isEqualTo(FinishReason.CANCELLED);
    }

    @Test
    void aFailingStepFailsItsSequencesAndNoOthers() {
        var inTheStep = submit(unending("first", 100));
        var waiting = submit(Requests.greedy("second", 100, 3));
        model.beforeStep(batch -> {
            throw new IllegalStateException("no memory at 0x7f");
        });
        engine.step();
        model.beforeStep(batch -> {});

        assertThat(inTheStep.last()).isInstanceOf(Failed.class);
        assertThat(((Failed) inTheStep.last()).message())
                .contains("could not compute a step")
                .doesNotContain("0x7f");
        assertThat(waiting.isEnded()).isFalse();
        run();
        assertThat(waiting.finishReason()).isIn(FinishReason.LENGTH, FinishReason.STOP);
    }

    @Test
    void logitsThatAreNoNumbersFailTheSequenceAlone() {
        var broken = new BrokenLogits(model, 1);
        var engine = engine(broken, SchedulingSettings.DEFAULT);
        var first = new Recording();
        var second = new Recording();
        engine.submit(unending("first", 5), first);
        engine.submit(unending("second", 5), second);
        engine.step();
        assertThat(first.isEnded()).isFalse();
        assertThat(((Failed) second.last()).message()).contains("NaN");
    }

    @Test
    void aRequestThatCannotBeginFailsAloneAndIsTold() {
        var served = model.serve();
        TextStream.Factory broken =
                (_, skip) -> {
                    if (!skip) {
                        throw new IllegalStateException("no memory at 0x7f");
                    }
                    return new FakeModel.FakeText();
                };
        var engine =
                engine(
                        new ReplicaModel(model, broken, served.endTokens(), served.adapters()),
                        SchedulingSettings.DEFAULT);
        var request = Requests.greedy("good", 5, 4);
        var good = new Recording();
        var bad = new Recording();
        engine.submit(request, good);
        engine.submit(
                new GenerationRequest(
                        "bad",
                        AdapterRef.base(),
                        request.prompt(),
                        request.sampling(),
                        request.stop(),
                        -1,
                        -1,
                        false),
                bad);
        assertThat(((Failed) bad.last()).message())
                .contains("could not start")
                .doesNotContain("0x7f");
        while (!engine.isIdle()) {
            engine.step();
        }
        assertThat(Oracle.ignoringSteps(good.events()))
                .isEqualTo(Oracle.events(request, BLOCKS * 16));
    }

    @Test
    void aPolicyThatPlansNonsenseFailsTheRequestsAndNotTheEngine() {
        for (var plan :
                List.of(
                        new StepPlan(List.of(), List.of()),
                        new StepPlan(List.of(), List.of(new StepPlan.Run(77, 1))),
                        new StepPlan(List.of(), List.of(new StepPlan.Run(0, 6))),
                        new StepPlan(
                                List.of(),
                                List.of(new StepPlan.Run(0, 1), new StepPlan.Run(0, 1))))) {
            var engine = engine(Plans.of(snapshot -> plan));
            var recording = new Recording();
            engine.submit(Requests.greedy("r", 5, 4), recording);
            engine.step();
            assertThat(((Failed) recording.last()).message()).contains("could not plan");
            assertThat(engine.isIdle()).isTrue();
            engine.verify();
        }
    }

    @Test
    void aSequenceEndsWhereItsLengthIsUsedUp() {
        var recording = submit(unending("r", 125));
        run();
        assertThat(recording.last()).isInstanceOf(Finished.class);
        assertThat(recording.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(recording.tokens()).hasSize(3);
    }

    @Test
    void logprobsOfLongPromptsComeInBoundedSteps() {
        var request =
                new GenerationRequest(
                        "r",
                        AdapterRef.of("bee"),
                        Requests.greedy("x", 100, 1).prompt(),
                        SamplingParams.GREEDY,
                        StopConditions.after(1),
                        -1,
                        2,
                        true);
        var recording = submit(request);
        run();
        assertThat(model.largestLogitRows()).isLessThanOrEqualTo(StepLimits.PROMPT_LOGIT_ROWS + 1);
        assertThat(Oracle.ignoringSteps(recording.events()))
                .isEqualTo(Oracle.events(request, BLOCKS * 16));
        assertThat(((Prompt) recording.events().getFirst()).logprobs()).hasSize(99);
    }

    @Test
    void stepsThatLogprobsOfPromptsMakeSmallAreBookedAndTimedAsTheyRun() {
        var dlora = new SchedulingSettings(PolicySettings.of(PolicyKind.DLORA), SloLimits.NONE);
        var engine = engine(dlora);
        var echo = Requests.of("r", "bee", 100, StopConditions.after(1), SamplingParams.GREEDY);
        engine.submit(Requests.withPromptLogprobs(echo), new Recording());
        for (int i = 0; i < 8; i++) {
            engine.submit(unending("other-" + i, 5), new Recording());
        }
        for (int i = 0; i < 3; i++) {
            engine.step();
            var step = observed.steps().getLast();
            assertThat(step.shape().rows()).isEqualTo(step.rows());
            assertThat(step.decision().standing().getOrDefault(AdapterRef.of("bee"), 0.0))
                    .isLessThanOrEqualTo((i + 1) * (1.0 + StepLimits.PROMPT_LOGIT_ROWS));
        }
    }

    @Test
    void aSecondRequestOfTheSameIdFails() {
        submit(unending("r", 5));
        var second = submit(unending("r", 5));
        assertThat(((Failed) second.last()).message()).contains("id r is unfinished");
        engine.verify();
    }

    @Test
    void anEndTokenEndsASequenceUnlessItIsIgnored() {
        var always =
                new SamplingParams(
                        0, 1, 0, 0, 0, 0, 1, Map.of(FakeModel.END, 100.0), OptionalLong.empty());
        var stopped = submit(Requests.of("a", null, 5, StopConditions.after(4), always));
        var ignoring = new StopConditions(4, 0, true, Set.of(), List.of(), false);
        var goesOn = submit(Requests.of("b", null, 5, ignoring, always));
        run();
        assertThat(stopped.tokens()).containsExactly(FakeModel.END);
        assertThat(stopped.last())
                .isEqualTo(
                        new Finished(
                                FinishReason.STOP,
                                "",
                                null,
                                new SequenceUsage(5, 0, 1, 0, new StepCounts(1, 0, 0))));
        assertThat(goesOn.tokens()).hasSize(4);
        assertThat(goesOn.finishReason()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void aStopTokenIsNamedAndItsTextLeftOutUnlessAskedFor() {
        var always =
                new SamplingParams(0, 1, 0, 0, 0, 0, 1, Map.of(3, 100.0), OptionalLong.empty());
        var without =
                submit(
                        Requests.of(
                                "a",
                                null,
                                5,
                                new StopConditions(4, 0, false, Set.of(3), List.of(), false),
                                always));
        var with =
                submit(
                        Requests.of(
                                "b",
                                null,
                                5,
                                new StopConditions(4, 0, false, Set.of(3), List.of(), true),
                                always));
        var later =
                submit(
                        Requests.of(
                                "c",
                                null,
                                5,
                                new StopConditions(4, 2, false, Set.of(3), List.of(), false),
                                always));
        run();
        assertThat(without.tokens()).containsExactly(3);
        assertThat(without.text()).isEmpty();
        assertThat(((Finished) without.last()).stop()).isEqualTo(3);
        assertThat(with.text()).isEqualTo("ab");
        assertThat(later.tokens()).hasSize(3).endsWith(3);
    }

    @Test
    void greedyRowsAreReadOnlyWhereAnEndWouldComeTooEarly() {
        var often = IntStream.range(0, 12).boxed().collect(Collectors.toSet());
        var stop = new StopConditions(50, 50, false, often, List.of(), false);
        var request = Requests.of("r", "ant", 5, stop, SamplingParams.GREEDY);
        var runner = new CountedReads(model);
        var recording = new Recording();
        var engine = engine(runner, SchedulingSettings.DEFAULT);
        engine.submit(request, recording);
        while (!engine.isIdle()) {
            engine.step();
        }
        assertThat(Oracle.ignoringSteps(recording.events()))
                .isEqualTo(Oracle.events(request, BLOCKS * 16));
        assertThat(runner.reads()).isBetween(1, 40);
    }

    @Test
    void onlyAllowedTokensComeAndNamedOnesAreReported() {
        var params =
                new SamplingParams(
                        0, 1, 0, 0, 0, 0, 1, Map.of(), Set.of(2, 5), OptionalLong.empty());
        var greedy = submit(Requests.of("a", null, 5, StopConditions.after(4), params));
        var reported =
                submit(
                        new GenerationRequest(
                                        "b",
                                        AdapterRef.base(),
                                        new int[] {1, 2, 3},
                                        params,
                                        StopConditions.after(2),
                                        5,
                                        -1,
                                        true)
                                .withLogprobTokens(List.of(9, 2, 5)));
        run();
        assertThat(greedy.tokens()).hasSize(4).allMatch(token -> token == 2 || token == 5);
        var first = (Token) reported.events().getFirst();
        var report = requireNonNull(first.logprobs());
        assertThat(report.top().stream().map(TokenLogprobs.Entry::token))
                .containsExactlyInAnyOrder(2, 5, 9)
                .startsWith(first.token());
        assertThat(report.top()).contains(report.token());
        assertThat(report.top()).allMatch(entry -> entry.logprob() < 0);
    }

    @Test
    void theLastTokenSaysThatItEnds() {
        var recording = submit(Requests.greedy("a", 5, 3));
        run();
        assertThat(
                        recording.events().stream()
                                .filter(Token.class::isInstance)
                                .map(event -> ((Token) event).ends()))
                .containsExactly(false, false, true);
    }

    @Test
    void logprobsAreReportedOnlyIfAskedFor() {
        var plain = submit(Requests.greedy("a", 5, 2));
        run();
        assertThat(((Token) plain.events().getFirst()).logprobs()).isNull();
    }

    private Recording submit(GenerationRequest request) {
        var recording = new Recording();
        engine.submit(request, recording);
        return recording;
    }

    private void run() {
        for (int steps = 0; !engine.isIdle(); steps++) {
            assertThat(steps).isLessThan(1000);
            engine.step();
            engine.verify();
        }
    }

    private static GenerationRequest sampled(String id, int prompt, int maxTokens) {
        var params = new SamplingParams(1, 1, 0, 0, 0, 0, 1, Map.of(), OptionalLong.of(8));
        return Requests.of(id, "ant", prompt, StopConditions.after(maxTokens), params);
    }

    private static GenerationRequest unending(String id, int prompt) {
        var stop = new StopConditions(1000, 0, true, Set.of(), List.of(), false);
        return Requests.of(id, "cat", prompt, stop, SamplingParams.GREEDY);
    }

    private Engine engine(SchedulingSettings scheduling) {
        return engine(model, scheduling);
    }

    private Engine engine(ModelRunner runner, SchedulingSettings scheduling) {
        var served = model.serve();
        return engine(
                new ReplicaModel(runner, served.texts(), served.endTokens(), served.adapters()),
                scheduling);
    }

    private Engine engine(ReplicaModel served, SchedulingSettings scheduling) {
        var settings =
                new ReplicaSettings(
                        "test", new StepLimits(4, 64, 16), BLOCKS, DType.F32, 1000, true);
        return new Engine(settings, served, scheduling, observed);
    }

    /** Logits are NaN in one row of each step. */
    private record BrokenLogits(FakeModel model, int row) implements ModelRunner {
        @Override
        public ReplicaWeights merge() {
            return model.merge();
        }

        @Override
        public int vocabSize() {
            return model.vocabSize();
        }

        @Override
        public void forward(RaggedBatch batch, AdapterGroups lora, int[] logitRows) {
            model.forward(batch, lora, logitRows);
        }

        @Override
        public void argMax(int[] indices, int[] tokens) {
            forEach(indices, (i, logits) -> tokens[i] = FakeModel.largest(logits));
        }

        @Override
        public void largest(int[] indices, int k, int[] tokens, float[] values) {
            model.largest(indices, k, tokens, values);
        }

        @Override
        public void forEach(int[] indices, RowUse use) {
            model.forEach(
                    indices,
                    (i, logits) -> {
                        if (indices[i] == row) {
                            logits[5] = Float.NaN;
                        }
                        use.accept(i, logits);
                    });
        }

        @Override
        public void close() {
            model.close();
        }
    }
}
