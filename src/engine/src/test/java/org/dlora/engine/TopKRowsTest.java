package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.dlora.engine.step.ModelRunner;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rows of requests with top_k: their largest logits leave the device, or all where that matters.
 */
class TopKRowsTest {
    private static final int BLOCKS = 16;
    private static final StopConditions STOP =
            new StopConditions(30, 0, true, Set.of(), List.of(), false);

    private static SamplingParams topK(int k, double topP, double minP) {
        return params(k, topP, minP, 0, Map.of(), Set.of());
    }

    private static SamplingParams params(
            int k,
            double topP,
            double minP,
            double presence,
            Map<Integer, Double> bias,
            Set<Integer> allowed) {
        return new SamplingParams(
                0.9, topP, k, minP, presence, 0, 1, bias, allowed, OptionalLong.of(11));
    }

    private static GenerationRequest request(
            String id, StopConditions stop, SamplingParams params) {
        return Requests.of(id, "ant", 5, stop, params);
    }

    private static List<List<GenerationEvent>> run(
            FakeModel model, ModelRunner runner, List<GenerationRequest> requests) {
        var served = model.serve();
        var settings =
                new ReplicaSettings(
                        "test", new StepLimits(4, 64, 16), BLOCKS, DType.F32, 1000, true);
        var engine =
                new Engine(
                        settings,
                        new ReplicaModel(
                                runner, served.texts(), served.endTokens(), served.adapters()),
                        SchedulingSettings.DEFAULT,
                        new Observed());
        var recordings = new ArrayList<Recording>();
        for (var request : requests) {
            var recording = new Recording();
            recordings.add(recording);
            engine.submit(request, recording);
        }
        while (!engine.isIdle()) {
            engine.step();
        }
        return recordings.stream().map(one -> Oracle.ignoringSteps(one.events())).toList();
    }

    private static List<GenerationRequest> decided() {
        return List.of(
                request("a", STOP, topK(1, 1, 0)),
                request("b", STOP, topK(5, 1, 0)),
                request("c", STOP, topK(FakeModel.VOCAB - 1, 0.7, 0)),
                request("d", STOP, topK(20, 0.9, 0.1)));
    }

    @Test
    void theLargestLogitsDecideAndNoRowIsRead() {
        var model = new FakeModel(BLOCKS);
        var runner = new CountedReads(model);
        var events = run(model, runner, decided());

        assertThat(events)
                .isEqualTo(
                        decided().stream()
                                .map(request -> Oracle.events(request, BLOCKS * 16))
                                .toList());
        assertThat(runner.reads()).isZero();
    }

    @Test
    void whereOthersEqualTheLastOneTheWholeRowDecides() {
        var model = new FakeModel(BLOCKS);
        var runner = new CountedReads(model, true, false);
        var events = run(model, runner, decided());
        var whole = new FakeModel(BLOCKS);
        var wholeRunner = new CountedReads(whole, true, true);

        assertThat(events).isEqualTo(run(whole, wholeRunner, decided()));
        assertThat(wholeRunner.reads()).isEqualTo(4 * 30);
        assertThat(runner.reads()).isBetween(30, 4 * 30);
    }

    static List<GenerationRequest> undecided() {
        var topK = topK(5, 1, 0);
        var early = new StopConditions(30, 30, false, Set.of(3), List.of(), false);
        return List.of(
                request("all", STOP, topK(0, 0.9, 0)),
                request("vocabulary", STOP, topK(FakeModel.VOCAB, 1, 0)),
                request("penalty", STOP, params(5, 1, 0, 0.5, Map.of(), Set.of())),
                request("bias", STOP, params(5, 1, 0, 0, Map.of(7, 2.0), Set.of())),
                request("allowed", STOP, params(5, 1, 0, 0, Map.of(), Set.of(7, 8))),
                request("min_tokens", early, topK),
                new GenerationRequest(
                        "logprobs",
                        Requests.of("l", "ant", 5, STOP, topK).adapter(),
                        new int[] {4, 2},
                        topK,
                        STOP,
                        3,
                        -1,
                        true));
    }

    @ParameterizedTest
    @MethodSource("undecided")
    void parametersThatChangeOrReportLogitsReadTheWholeRow(GenerationRequest request) {
        var model = new FakeModel(BLOCKS);
        var runner = new CountedReads(model);
        var events = run(model, runner, List.of(request));

        assertThat(events.getFirst()).isEqualTo(Oracle.events(request, BLOCKS * 16));
        assertThat(runner.reads()).isEqualTo(30);
    }

    @Test
    void aLogitThatIsNotFiniteFailsItsRequestAsItDoesOnTheHost() {
        var model = new FakeModel(BLOCKS);
        model.overflow("ant");
        var runner = new CountedReads(model);
        var events = run(model, runner, List.of(request("r", STOP, topK(5, 1, 0))));

        assertThat(events.getFirst().getLast().toString()).contains("LOGITS_NOT_FINITE");
        assertThat(runner.reads()).isEqualTo(1);
    }
}
