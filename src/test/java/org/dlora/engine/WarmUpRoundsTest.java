package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;

/** What is run before a replica serves. */
class WarmUpRoundsTest {
    private static final int BLOCKS = 8;

    private final FakeModel model = new FakeModel(BLOCKS);
    private final ReplicaSettings settings =
            new ReplicaSettings("test", new StepLimits(4, 64, 16), BLOCKS, DType.F32, 128, true);

    @Test
    void theFirstStepHasMoreRowsThanThoseOfOneSequencesAnswer() {
        var rows = new ArrayList<Integer>();
        model.beforeStep(batch -> rows.add(batch.rows()));
        warmUp();
        assertThat(rows.getFirst()).isGreaterThan(4);
        assertThat(rows).contains(1, 4);
    }

    @Test
    void anAdapterWhoseLogitsOverflowDoesNotKeepTheOthersFromStarting() {
        model.overflow("bee");
        warmUp();
        assertThat(model.steps()).isGreaterThan(10);
    }

    @Test
    void aStepThatFailsIsTold() {
        model.beforeStep(batch -> {
            throw new IllegalStateException("no memory at 0x7f");
        });
        assertThatIllegalStateException()
                .isThrownBy(this::warmUp)
                .withMessageContaining("Warm-up of replica test failed")
                .withMessageNotContaining("0x7f");
    }

    private void warmUp() {
        new WarmUpRounds(settings, model.serve(), () -> {}).run();
    }
}
