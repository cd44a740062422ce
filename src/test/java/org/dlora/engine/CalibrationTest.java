package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlora.adapter.MergeTerms;
import org.dlora.device.LoraTerm;
import org.dlora.model.LinearSite;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.StepShape;
import org.junit.jupiter.api.Test;

/** What is measured to know the costs. */
class CalibrationTest {

    /** An adapter of biases alone. */
    private record WithoutWork(MergeTerms terms) implements AdapterTerms {
        @Override
        public List<LoraTerm> at(int layer, LinearSite site) {
            return List.of();
        }

        @Override
        public Optional<MergeTerms> merge() {
            return Optional.of(terms);
        }

        @Override
        public LoraFacts lora() {
            return LoraFacts.NONE;
        }

        @Override
        public MergeRules rules() {
            return MergeRules.FREE;
        }
    }

    private double now;

    @Test
    void aPauseOfTheMachineIsNotTakenForItsPace() {
        double pace = 0.001;
        var weights = new FakeWeights();
        var stall = new AtomicBoolean(true);
        weights.beforeWork(_ -> now += stall.getAndSet(false) ? 0.25 : pace);
        var calibration = new Calibration(() -> now);
        calibration.ran(step());
        try (var golden = new GoldenModel("qwen2")) {
            var adapter = golden.terms("r8-all-bf16");
            var costs = calibration.fit(weights, List.of(adapter));
            assertThat(costs.merge(adapter.lora())).isCloseTo(pace, withinPercentage(1));
        }
    }

    @Test
    void anAdapterWhoseMergeTakesNoWorkIsNotMeasured() {
        var slices = new AtomicInteger();
        var weights = new FakeWeights();
        weights.beforeWork(_ -> slices.incrementAndGet());
        var calibration = new Calibration(() -> now);
        calibration.ran(step());
        try (var golden = new GoldenModel("qwen2")) {
            var adapter = new WithoutWork(golden.mergeTerms("bias-all"));
            var costs = calibration.fit(weights, List.of(adapter));
            assertThat(costs.merge(LoraFacts.NONE)).isBetween(1e-9, 1e9);
        }
        assertThat(slices).hasValue(0);
        assertThat(weights.copyBytes()).isZero();
    }

    private static RecordedStep step() {
        var decision =
                new StepDecision(
                        "unmerged",
                        "unmerged",
                        "all fit",
                        Mode.unmerged(),
                        Mode.unmerged(),
                        List.of(),
                        0.5,
                        Map.of());
        var shape = new StepShape(1, 3, 5, 6, List.of());
        return new RecordedStep(1, 10, 0.5, Double.NaN, shape, 3, 4, 0, decision);
    }
}
