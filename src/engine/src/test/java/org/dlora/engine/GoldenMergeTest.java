package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.dlora.engine.meters.ReplicaMetrics;
import org.dlora.engine.step.TransformerRunner;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.StepPlan;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * Tests that with float32 weights the reference cases come out as ever, token by token and within
 * the tolerance of log-probabilities, whatever is merged into the weights.
 */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GoldenMergeTest {
    private static final ReplicaSettings SETTINGS =
            new ReplicaSettings("golden", new StepLimits(16, 96, 16), 64, DType.F32, 256, true);

    static Stream<Arguments> models() throws IOException {
        return GoldenReplicaTest.models();
    }

    record Served(JsonNode row, Recording recording) {}

    @ParameterizedTest
    @MethodSource("models")
    void anAdapterSpeaksTheSameWhileItIsMerged(Path set, String name) throws Exception {
        try (var golden = new GoldenModel(set, name)) {
            var cases = GoldenReplicaTest.cases(set, name, golden.adapterNames());
            for (var adapter : golden.mergeable()) {
                var own = cases.stream().filter(row -> isOf(adapter, row)).toList();
                assertThat(own).as(adapter).isNotEmpty();
                runMerged(golden, adapter, own);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void allOthersSpeakTheSameBesideAMergedAdapter(Path set, String name) throws Exception {
        try (var golden = new GoldenModel(set, name)) {
            var cases = GoldenReplicaTest.cases(set, name, golden.adapterNames());
            for (var adapter : golden.mergeable()) {
                assertThat(golden.mergeTerms(adapter).mixingObstacle()).isEmpty();
                // All pairs meet, as each adapter and the base have one case.
                var seen = new HashSet<String>();
                var mixed =
                        cases.stream()
                                .filter(row -> seen.add(row.get("adapter").asString("")))
                                .toList();
                assertThat(mixed).hasSizeGreaterThanOrEqualTo(golden.adapterNames().size());
                runMerged(golden, adapter, mixed);
            }
        }
    }

    private static void runMerged(GoldenModel golden, String adapter, List<JsonNode> cases) {
        var model = golden.serve(SETTINGS);
        try (var runner = (TransformerRunner) model.runner()) {
            var state = runner.merge();
            state.begin(adapter, golden.mergeTerms(adapter));
            assertThat(state.advance(Long.MAX_VALUE)).isTrue();
            state.commit();
            assertThat(state.merged()).contains(adapter);
            check(run(model, cases, snapshot -> in(Mode.merged(adapter), Plans.inOrder(snapshot))));
            assertThat(state.merged()).contains(adapter);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void everyCaseComesOutWithSwitchesAtRandomSteps(Path set, String name) throws Exception {
        try (var golden = new GoldenModel(set, name)) {
            var cases = GoldenReplicaTest.cases(set, name, golden.adapterNames());
            long before = golden.deviceBytes();
            var served = golden.serve(SETTINGS);
            var runner = (TransformerRunner) served.runner();
            try (var switching = new SwitchingRunner(runner, golden, new Random(7))) {
                var model =
                        new ReplicaModel(
                                switching, served.texts(), served.endTokens(), served.adapters());
                check(run(model, cases, new PreemptingPlans()));
                assertThat(switching.mixedSteps).isPositive();
                assertThat(switching.mergedSteps).isLessThan(switching.steps);
            }
            assertThat(golden.deviceBytes()).isEqualTo(before);
        }
    }

    private static StepPlan in(Mode mode, StepPlan plan) {
        return new StepPlan(mode, mode, plan.preempt(), plan.run());
    }

    static List<Served> run(
            ReplicaModel model, List<JsonNode> cases, Function<Snapshot, StepPlan> plans) {
        var metrics = new ReplicaMetrics(new SimpleMeterRegistry(), "golden");
        var engine = new Engine(SETTINGS, model, Plans.of(plans), metrics);
        var served = new ArrayList<Served>();
        for (var row : cases) {
            served.add(new Served(row, new Recording()));
            engine.submit(GoldenReplicaTest.request(row, true), served.getLast().recording());
        }
        while (!engine.isIdle()) {
            engine.step();
            engine.verify();
        }
        return served;
    }

    static void check(List<Served> served) {
        served.forEach(one -> GoldenReplicaTest.check(one.row(), one.recording()));
    }

    private static boolean isOf(String adapter, JsonNode row) {
        return row.get("adapter").asString("").equals(adapter);
    }

    @Test
    void adaptersWithoutAMatrixOfTheirOwnAreMergeable() throws Exception {
        for (var name : List.of("llama-gqa", "qwen2", "qwen3", "mistral", "llama-mha-tied")) {
            try (var golden = new GoldenModel(name)) {
                Predicate<JsonNode> merged = row -> !row.get("merged").isNull();
                assertThat(golden.mergeable())
                        .containsAll(
                                GoldenReplicaTest.cases(
                                                GoldenModel.ROOT, name, golden.adapterNames())
                                        .stream()
                                        .filter(merged)
                                        .map(row -> row.get("adapter").stringValue())
                                        .filter(adapter -> !adapter.startsWith("save-"))
                                        .toList());
            }
        }
    }

    @Test
    void unmergeableAdaptersSayWhy() {
        try (var golden = new GoldenModel("qwen2")) {
            var runner = (TransformerRunner) golden.serve(SETTINGS).runner();
            try (runner) {
                assertThatIllegalArgumentException()
                        .isThrownBy(
                                () -> runner.merge().begin("x", golden.mergeTerms("lora-lm-head")))
                        .withMessageContaining("shares between embed_tokens and lm_head");
                assertThat(golden.mergeTerms("save-embed").obstacle())
                        .hasValueSatisfying(why -> assertThat(why).contains("modules_to_save"));
                assertThat(runner.merge().building()).isEmpty();
                assertThatIllegalStateException().isThrownBy(() -> runner.merge().commit());
            }
        }
    }
}
