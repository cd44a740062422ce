package org.dlora.engine.merging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.adapter.weights.MergeTerms;
import org.dlora.device.LoraTerm;
import org.dlora.engine.weights.AdapterTerms;
import org.dlora.model.LayerSite;
import org.dlora.scheduling.Mode;
import org.junit.jupiter.api.Test;

/** The measured time of switches that copy weights. */
class WeightSwitchTest {
    private double now;

    /** Weights of which each change is copied before the next step. */
    private final class Copied implements ReplicaWeights {
        private final FakeWeights fake = new FakeWeights();
        private Optional<String> settled = Optional.empty();
        private double seconds = 0.5;
        private boolean fails;

        @Override
        public boolean isSettled() {
            return settled.equals(fake.merged());
        }

        @Override
        public void settle() {
            now += seconds;
            if (fails) {
                throw new IllegalStateException("an upload failed");
            }
            settled = fake.merged();
        }

        @Override
        public WeightStatus status() {
            return fake.status();
        }

        @Override
        public Optional<String> begin(String adapter, MergeTerms terms) {
            return fake.begin(adapter, terms);
        }

        @Override
        public boolean advance(long multiplyAdds) {
            return fake.advance(multiplyAdds);
        }

        @Override
        public void commit() {
            fake.commit();
        }

        @Override
        public void restore(String adapter) {
            fake.restore(adapter);
        }

        @Override
        public void unmerge() {
            fake.unmerge();
        }

        @Override
        public void cancel() {
            fake.cancel();
        }

        @Override
        public void forget(String adapter) {
            fake.forget(adapter);
        }

        @Override
        public void release() {
            fake.release();
        }
    }

    private static final AdapterTerms ANT =
            new AdapterTerms() {
                @Override
                public List<LoraTerm> at(LayerSite at) {
                    return List.of();
                }

                @Override
                public MergeTerms merge() {
                    return MergeTerms.NONE;
                }
            };

    private WeightSwitch switching(ReplicaWeights weights) {
        var made = new WeightSwitch(weights, Map.of("ant", ANT), () -> now);
        while (!made.report().ready().contains("ant")) {
            made.build(Mode.merged("ant"), 1);
        }
        return made;
    }

    @Test
    void isSmoothedOverSwitchesAndLeftAloneByOtherSteps() {
        var weights = new Copied();
        var switching = switching(weights);
        assertThat(switching.report().switchSeconds()).isZero();
        switching.enter(Mode.unmerged());
        assertThat(switching.report().switchSeconds()).as("nothing to copy").isZero();
        switching.enter(Mode.merged("ant"));
        assertThat(switching.report().switchSeconds()).isEqualTo(0.5, within(1e-9));
        switching.enter(Mode.merged("ant"));
        weights.seconds = 1.5;
        switching.enter(Mode.unmerged());
        assertThat(switching.report().switchSeconds()).isEqualTo(0.8, within(1e-9));
        assertThat(switching.report().mode()).isEqualTo(Mode.unmerged());
    }

    @Test
    void aStepAfterAFailedCopyTriesAgainInTheSameMode() {
        var weights = new Copied();
        var switching = switching(weights);
        weights.fails = true;
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> switching.enter(Mode.merged("ant")))
                    .hasMessage("an upload failed");
        }
        assertThat(switching.report().switchSeconds()).isZero();
        weights.fails = false;
        switching.enter(Mode.merged("ant"));
        assertThat(weights.isSettled()).isTrue();
        assertThat(switching.report().switchSeconds()).isEqualTo(0.5, within(1e-9));
    }

    @Test
    void takesNoTimeWhereStepsReadTheCopies() {
        var switching = switching(new FakeWeights());
        switching.enter(Mode.merged("ant"));
        switching.enter(Mode.unmerged());
        assertThat(switching.report().switchSeconds()).isZero();
    }
}
