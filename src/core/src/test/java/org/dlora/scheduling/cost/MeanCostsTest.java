package org.dlora.scheduling.cost;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.StepShape;
import org.junit.jupiter.api.Test;

class MeanCostsTest {
    private static final StepShape STEP = new StepShape(0, 4, 100, 0, List.of());

    private record Fixed(double seconds) implements CostModel {
        @Override
        public double step(StepShape shape) {
            return seconds * shape.rows();
        }

        @Override
        public double merge(LoraFacts lora) {
            return seconds;
        }
    }

    @Test
    void predictionsAreTheMeanOfTheModels() {
        var mean = MeanCosts.of(List.of(new Fixed(1), new Fixed(3)));
        assertThat(mean.step(STEP)).isEqualTo(8);
        assertThat(mean.merge(LoraFacts.NONE)).isEqualTo(2);
    }

    @Test
    void nothingIsPredictedBesideAModelThatKnowsNothing() {
        assertThat(MeanCosts.of(List.of(new Fixed(1), CostModel.UNCALIBRATED)))
                .isSameAs(CostModel.UNCALIBRATED);
        assertThat(MeanCosts.of(List.of())).isSameAs(CostModel.UNCALIBRATED);
    }

    @Test
    void oneModelIsItsOwnMean() {
        var one = new Fixed(1);
        assertThat(MeanCosts.of(List.of(one))).isSameAs(one);
    }
}
