package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.dlora.engine.GenerationEvent.Failed;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.PolicyKind;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Whatever policies plan on real models, answers are those of the reference. */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GoldenSwitchTest {
    private static final ReplicaSettings SETTINGS =
            new ReplicaSettings("golden", new StepLimits(16, 96, 16), 64, DType.F32, 256, true);

    private final Observed observed = new Observed();

    private record Served(JsonNode row, Recording recording) {}

    static Stream<Arguments> models() throws Exception {
        return GoldenReplicaTest.models();
    }

    @ParameterizedTest
    @MethodSource("models")
    void everyCaseComesOutInModesThatAreDrawnForEachStep(Path set, String name) throws Exception {
        try (var golden = new GoldenModel(set, name)) {
            var modes = new RandomModes(new PreemptingPlans(), new Random(5));
            serveAll(golden, set, name, Plans.of(modes));
            var merged = observed.steps().stream().filter(GoldenSwitchTest::isMerged).toList();
            assertThat(merged.size()).isBetween(1, observed.steps().size() - 1);
            assertThat(merged).anyMatch(step -> step.correctedRows() > 0);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void everyCaseComesOutWithEachPolicy(Path set, String name) throws Exception {
        try (var golden = new GoldenModel(set, name)) {
            for (var policy : PolicyKind.values()) {
                serveAll(
                        golden, set, name, new SchedulingSettings(policy.create(), SloLimits.NONE));
            }
            assertThat(observed.steps()).anyMatch(GoldenSwitchTest::isMerged);
        }
    }

    private static boolean isMerged(RecordedStep step) {
        return step.decision().mode() instanceof Mode.Merged;
    }

    private void serveAll(GoldenModel golden, Path set, String name, SchedulingSettings scheduling)
            throws Exception {
        long before = golden.deviceBytes();
        var model = golden.serve(SETTINGS);
        try (var _ = model.runner()) {
            var engine = new Engine(SETTINGS, model, scheduling, observed);
            var served = new ArrayList<Served>();
            for (var row : GoldenReplicaTest.cases(set, name, golden.adapterNames())) {
                served.add(new Served(row, new Recording()));
                engine.submit(GoldenReplicaTest.request(row, true), served.getLast().recording());
            }
            while (!engine.isIdle()) {
                engine.step();
                engine.verify();
            }
            served.forEach(one -> GoldenReplicaTest.check(one.row(), one.recording()));
            assertThat(engine.copyBytes()).isEqualTo(model.runner().merge().copyBytes());
            engine.releaseCopies();
            assertThat(engine.copyBytes()).isZero();
        }
        assertThat(golden.deviceBytes()).isEqualTo(before);
    }

    @Test
    void tenThousandOperationsLeaveTheWeightsAsTheyWereAndNoMemoryBehind() throws Exception {
        var name = "llama-gqa";
        try (var golden = new GoldenModel(name)) {
            long hash = golden.weightsHash();
            long before = golden.deviceBytes();
            var model = golden.serve(SETTINGS);
            try (var _ = model.runner()) {
                var random = new Random(11);
                var modes = new RandomModes(new PreemptingPlans(), random);
                var engine = new Engine(SETTINGS, model, Plans.of(modes), observed);
                var loaded = new ArrayList<>(golden.adapterNames());
                var cases = GoldenReplicaTest.cases(GoldenModel.ROOT, name, loaded);
                var unfinished = new ArrayList<String>();
                for (int i = 0; i < 10_000; i++) {
                    operate(engine, random, i, cases, golden, loaded, unfinished);
                }
                while (!engine.isIdle()) {
                    engine.step();
                }
                engine.verify();
                engine.releaseCopies();
            }
            assertThat(observed.steps()).anyMatch(step -> step.correctedRows() > 0);
            assertThat(golden.weightsHash()).isEqualTo(hash);
            assertThat(golden.deviceBytes()).isEqualTo(before);
            serveAll(golden, GoldenModel.ROOT, name, SchedulingSettings.DEFAULT);
        }
    }

    private static void operate(
            Engine engine,
            Random random,
            int number,
            List<JsonNode> cases,
            GoldenModel golden,
            List<String> loaded,
            List<String> unfinished) {
        switch (random.nextInt(8)) {
            case 0 -> {
                var row = cases.get(random.nextInt(cases.size()));
                var adapter = row.get("adapter").asString("");
                if (unfinished.size() < 12 && (adapter.isEmpty() || loaded.contains(adapter))) {
                    var id = "r" + number;
                    unfinished.add(id);
                    engine.submit(
                            Requests.called(id, GoldenReplicaTest.request(row, true)),
                            event -> {
                                assertThat(event).isNotInstanceOf(Failed.class);
                                if (event.isLast()) {
                                    unfinished.remove(id);
                                }
                            });
                }
            }
            case 1 -> {
                if (!unfinished.isEmpty() && random.nextInt(3) == 0) {
                    engine.cancel(unfinished.get(random.nextInt(unfinished.size())));
                }
            }
            case 2 -> {
                var adapter =
                        golden.adapterNames().get(random.nextInt(golden.adapterNames().size()));
                if (!loaded.contains(adapter)) {
                    engine.load(adapter, Objects.requireNonNull(golden.terms(adapter)));
                    loaded.add(adapter);
                } else if (random.nextInt(4) == 0 && !engine.uses(adapter)) {
                    engine.unload(adapter);
                    loaded.remove(adapter);
                }
            }
            default -> {
                if (!engine.isIdle()) {
                    engine.step();
                }
            }
        }
    }
}
