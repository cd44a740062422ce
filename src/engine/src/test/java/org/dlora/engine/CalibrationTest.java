package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlora.adapter.weights.MergeTerms;
import org.dlora.device.LoraTerm;
import org.dlora.engine.merging.FakeWeights;
import org.dlora.engine.weights.AdapterTerms;
import org.dlora.model.LayerSite;
import org.dlora.replica.RecordedStep;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.StepShape;
import org.junit.jupiter.api.Test;

/** Tests of the measurements that costs are fitted to. */
class CalibrationTest {

    private record Example(MergeTerms terms, LoraFacts lora, MergeRules rules)
            implements AdapterTerms {
        @Override
        public List<LoraTerm> at(LayerSite at) {
            return List.of();
        }

        @Override
        public MergeTerms merge() {
            return terms;
        }
    }

    private double now;

    @Test
    void aPauseOfTheMachineIsNotTakenForItsPace() {
        double pace = 0.001;
        var weights = new FakeWeights();
        var stall = new AtomicBoolean(true);
        weights.beforeWork(_ -> now += stall.getAndSet(false) ? 0.25 : pace);
        var calibration = new Calibration(Long.MAX_VALUE, () -> now);
        calibration.ran(step());
        try (var golden = new GoldenModel("qwen2")) {
            var adapter = golden.terms("r8-all-bf16");
            var costs = calibration.samples(weights, List.of(adapter)).fit();
            assertThat(costs.merge(adapter.lora())).isCloseTo(pace, withinPercentage(1));
        }
    }

    @Test
    void anAdapterWhoseMergeTakesNoWorkIsNotMeasured() {
        var slices = new AtomicInteger();
        var weights = new FakeWeights();
        weights.beforeWork(_ -> slices.incrementAndGet());
        var calibration = new Calibration(Long.MAX_VALUE, () -> now);
        calibration.ran(step());
        try (var golden = new GoldenModel("qwen2")) {
            var adapter =
                    new Example(golden.mergeTerms("bias-all"), LoraFacts.NONE, MergeRules.FREE);
            var costs = calibration.samples(weights, List.of(adapter)).fit();
            assertThat(costs.merge(LoraFacts.NONE)).isBetween(1e-9, 1e9);
        }
        assertThat(slices).hasValue(0);
        assertThat(weights.copyBytes()).isZero();
    }

    @Test
    void anAdapterThatHasNoRoomDoesNotKeepOthersFromBeingMeasured() {
        double pace = 0.001;
        var weights = new FakeWeights();
        weights.beforeWork(_ -> now += pace);
        var calibration = new Calibration(1000, () -> now);
        calibration.ran(step());
        try (var golden = new GoldenModel("qwen2")) {
            var terms = golden.mergeTerms("r8-all-bf16");
            var small = new LoraFacts(8, 100, 1000, 50_000);
            var large = new LoraFacts(64, 800, 1001, 400_000);
            var costs =
                    calibration
                            .samples(
                                    weights,
                                    List.of(
                                            new Example(terms, large, MergeRules.never("no room")),
                                            new Example(terms, small, MergeRules.FREE)))
                            .fit();
            assertThat(costs.merge(small)).isCloseTo(pace, withinPercentage(1));
        }
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
