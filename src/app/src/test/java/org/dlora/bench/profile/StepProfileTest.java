package org.dlora.bench.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StepProfileTest {
    private static final Roofline ROOFLINE = new Roofline(10, 100, 200);

    /** 100 bytes take at least 10 s. */
    private static final Cost WEIGHTS = new Cost(100, 0, 0, 0);

    @Test
    void stallsMoveMeansAndNotMedians() {
        var profile =
                new StepProfile(
                        "prefill",
                        8,
                        List.of(
                                new StepRound(ROOFLINE, List.of(step(16, 12), step(20, 12.5))),
                                new StepRound(ROOFLINE, List.of(step(400, 375.5)))));

        assertThat(profile.linearShare()).isEqualTo(30.0 / 400, within(1e-12));
        assertThat(profile.stepShare()).isEqualTo(30.0 / 436, within(1e-12));
        assertThat(profile.medianLinearShare()).isEqualTo(0.8, within(1e-12));
        assertThat(profile.medianShare("linear qkv")).isEqualTo(0.8, within(1e-12));
        assertThat(profile.medianStepShare()).isEqualTo(0.5, within(1e-12));
        assertThat(profile.medianSeconds()).isEqualTo(20);
        assertThat(profile.medianSeconds("linear qkv")).isEqualTo(12.5);
    }

    @Test
    void stepsWithoutAnOperationHaveNoShareOfItsLimit() {
        var without = new ProfiledStep(20, Map.of());
        var round = new StepRound(ROOFLINE, List.of(step(20, 12.5), without, without));
        var profile = new StepProfile("decode", 1, List.of(round));

        assertThat(profile.medianLinearShare()).isEqualTo(0.8, within(1e-12));
    }

    private static ProfiledStep step(double seconds, double linear) {
        return new ProfiledStep(seconds, Map.of("linear qkv", new Tally(1, linear, WEIGHTS)));
    }
}
