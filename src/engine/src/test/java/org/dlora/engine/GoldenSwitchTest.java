package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.dlora.engine.step.TransformerRunner;
import org.dlora.model.BookedCopies;
import org.dlora.replica.RecordedStep;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
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
                        golden,
                        set,
                        name,
                        new SchedulingSettings(PolicySettings.of(policy), SloLimits.NONE));
            }
            assertThat(observed.steps()).anyMatch(GoldenSwitchTest::isMerged);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void everyCaseComesOutWhereMemoryHoldsMergedWeightsOnce(Path set, String name)
            throws Exception {
        try (var golden = new GoldenModel(set, name)) {
            var settings = settings(most(golden));
            for (var policy : List.of(PolicyKind.MERGED, PolicyKind.DLORA)) {
                var scheduling = new SchedulingSettings(PolicySettings.of(policy), SloLimits.NONE);
                serveAll(golden, set, name, scheduling, settings);
            }
            if (!golden.mergeable().isEmpty()) {
                assertThat(observed.steps()).anyMatch(GoldenSwitchTest::isMerged);
            }
        }
    }

    /** The books balance after each step, and switches take the place of the merge before. */
    @ParameterizedTest
    @MethodSource("models")
    void everyCaseComesOutWhereTheLedgerHoldsMergedWeightsOnce(Path set, String name)
            throws Exception {
        try (var golden = new GoldenModel(set, name)) {
            for (var policy : List.of(PolicyKind.MERGED, PolicyKind.DLORA)) {
                var scheduling = new SchedulingSettings(PolicySettings.of(policy), SloLimits.NONE);
                var copies = new BookedCopies(most(golden), Long.MAX_VALUE);
                serveAll(golden, set, name, scheduling, SETTINGS, copies);
                assertThat(copies.booked()).isZero();
            }
            if (!golden.mergeable().isEmpty()) {
                assertThat(observed.steps()).anyMatch(GoldenSwitchTest::isMerged);
            }
        }
    }

    @Test
    void weightsWithoutMemoryAreNotMergedAndSayWhy() throws Exception {
        var name = "llama-gqa";
        try (var golden = new GoldenModel(name)) {
            var settings = settings(most(golden) - 1);
            var scheduling =
                    new SchedulingSettings(PolicySettings.of(PolicyKind.MERGED), SloLimits.NONE);
            serveAll(golden, GoldenModel.ROOT, name, scheduling, settings);
            var model = golden.serve(settings);
            try (var _ = model.runner()) {
                var refused =
                        model.adapters().values().stream()
                                .filter(one -> one.lora().mergeBytes() > settings.mergeBytes())
                                .toList();
                assertThat(refused)
                        .isNotEmpty()
                        .allSatisfy(one ->
                                assertThat(one.rules().unmergeable())
                                        .contains("its merged weights take", "-Xmx"));
            }
        }
    }

    private static long most(GoldenModel golden) {
        var model = golden.serve(SETTINGS);
        try (var _ = model.runner()) {
            return model.adapters().values().stream()
                    .mapToLong(adapter -> adapter.lora().mergeBytes())
                    .max()
                    .orElseThrow();
        }
    }

    private static ReplicaSettings settings(long mergeBytes) {
        return new ReplicaSettings(
                "golden", new StepLimits(16, 96, 16), 64, DType.F32, 256, true, mergeBytes);
    }

    private static boolean isMerged(RecordedStep step) {
        return step.decision().mode() instanceof Mode.Merged;
    }

    private void serveAll(GoldenModel golden, Path set, String name, SchedulingSettings scheduling)
            throws Exception {
        serveAll(golden, set, name, scheduling, SETTINGS);
    }

    private void serveAll(
            GoldenModel golden,
            Path set,
            String name,
            SchedulingSettings scheduling,
            ReplicaSettings settings)
            throws Exception {
        var copies = new BookedCopies(settings.mergeBytes(), settings.mergeBytes());
        serveAll(golden, set, name, scheduling, settings, copies);
    }

    private void serveAll(
            GoldenModel golden,
            Path set,
            String name,
            SchedulingSettings scheduling,
            ReplicaSettings settings,
            BookedCopies copies)
            throws Exception {
        long before = golden.deviceBytes();
        var model = golden.serve(settings, copies);
        try (var _ = model.runner()) {
            var engine = new Engine(settings, model, scheduling, observed);
            var served = new ArrayList<Served>();
            for (var row : GoldenReplicaTest.cases(set, name, golden.adapterNames())) {
                served.add(new Served(row, new Recording()));
                engine.submit(GoldenReplicaTest.request(row, true), served.getLast().recording());
            }
            while (!engine.isIdle()) {
                engine.step();
                engine.verify();
                assertThat(engine.status().copyBytes()).isLessThanOrEqualTo(copies.booked());
                if (engine.status().report(0).merge().building() == null) {
                    assertThat(engine.status().copyBytes()).isEqualTo(copies.booked());
                }
            }
            served.forEach(one -> GoldenReplicaTest.check(one.row(), one.recording()));
            assertThat(engine.status().copyBytes()).isEqualTo(model.runner().merge().copyBytes());
            engine.releaseCopies();
            assertThat(engine.status().copyBytes()).isZero();
        }
        assertThat(golden.deviceBytes()).isEqualTo(before);
    }

    @Test
    void tenThousandOperationsLeaveTheWeightsAsTheyWereAndNoMemoryBehind() throws Exception {
        var name = "llama-gqa";
        try (var golden = new GoldenModel(name)) {
            long hash = golden.hash();
            long before = golden.deviceBytes();
            var model = golden.serve(SETTINGS);
            try (var runner = (TransformerRunner) model.runner()) {
                long opened = golden.deviceBytes();
                var random = new Random(11);
                var modes = new RandomModes(new PreemptingPlans(), random);
                var engine = new Engine(SETTINGS, model, Plans.of(modes), observed);
                var use = new RandomUse(golden, name, engine, random);
                var compared = new TreeSet<String>();
                for (int i = 0; i < 10_000; i++) {
                    use.operate();
                    if (i % 50 == 0) {
                        var merged = runner.merge().merged();
                        assertThat(golden.hash(runner.merge()))
                                .as("%s after %d operations", merged, i)
                                .isEqualTo(merged.map(golden::hashOfFresh).orElse(hash));
                        compared.add(merged.orElse(""));
                    }
                }
                assertThat(compared).contains("").hasSizeGreaterThan(5);
                use.finish();
                assertThat(use.checked()).isGreaterThan(100);
                engine.verify();
                engine.releaseCopies();
                assertThat(golden.hash(runner.merge())).isEqualTo(hash);
                assertThat(golden.deviceBytes()).isEqualTo(opened);
            }
            assertThat(observed.steps()).anyMatch(step -> step.correctedRows() > 0);
            assertThat(golden.hash()).isEqualTo(hash);
            assertThat(golden.deviceBytes()).isEqualTo(before);
            serveAll(golden, GoldenModel.ROOT, name, SchedulingSettings.DEFAULT);
        }
    }
}
