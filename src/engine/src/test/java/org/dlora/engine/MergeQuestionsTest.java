package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.dlora.device.LoraTerm;
import org.dlora.engine.meters.EngineObserver;
import org.dlora.engine.weights.AdapterTerms;
import org.dlora.model.LayerSite;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;

/**
 * Tests of an engine's questions whether an adapter may be merged, and of its use of the answers.
 */
class MergeQuestionsTest {
    private static final MergeRules UNDER_WAY = MergeRules.never("it is being measured");
    private static final ReplicaSettings SETTINGS =
            new ReplicaSettings("test", new StepLimits(4, 64, 16), 64, DType.F32, 1000, true);

    private final AtomicReference<Snapshot> shown = new AtomicReference<>();
    private final SchedulingSettings merging =
            Plans.of(snapshot -> {
                shown.set(snapshot);
                return Plans.inOrder(snapshot);
            });
    private final Engine engine =
            new Engine(SETTINGS, new FakeModel(64).serve(), merging, EngineObserver.NONE);
    private final Measured dog = new Measured();

    @Test
    void anAnswerThatBecomesFinalWhileItIsReadIsReadAgain() {
        dog.endsAfter = 1;
        engine.load("dog", dog);
        submit();
        engine.step();
        engine.step();
        assertThat(rules()).isEqualTo(MergeRules.FREE);
    }

    @Test
    void aPolicyThatNeverMergesHasNothingMeasured() {
        engine.load("dog", dog);
        submit();
        engine.schedule(SchedulingSettings.DEFAULT);
        engine.step();
        engine.step();
        assertThat(dog.questions).isZero();

        dog.endsAfter = 0;
        engine.schedule(merging);
        engine.step();
        assertThat(rules()).isEqualTo(MergeRules.FREE);
    }

    private void submit() {
        var stop = new StopConditions(100, 0, true, Set.of(), List.of(), false);
        engine.submit(Requests.of("r", "dog", 5, stop, SamplingParams.GREEDY), new Recording());
    }

    private MergeRules rules() {
        return shown.get().adapters().stream()
                .filter(view -> view.id().is("dog"))
                .findFirst()
                .orElseThrow()
                .rules();
    }

    /** An adapter whose measurement ends just after a number of questions. */
    private static final class Measured implements AdapterTerms {
        private final AdapterTerms terms = FakeModel.terms("dog");
        int endsAfter = Integer.MAX_VALUE;
        int questions;

        @Override
        public List<LoraTerm> at(LayerSite at) {
            return terms.at(at);
        }

        @Override
        public LoraFacts lora() {
            return terms.lora();
        }

        @Override
        public MergeRules rules() {
            return questions++ < endsAfter ? UNDER_WAY : MergeRules.FREE;
        }

        @Override
        public boolean areRulesFinal() {
            return questions >= endsAfter;
        }
    }
}
