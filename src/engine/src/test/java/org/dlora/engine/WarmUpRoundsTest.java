package org.dlora.engine;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlora.device.LoraTerm;
import org.dlora.device.RaggedBatch;
import org.dlora.engine.weights.AdapterTerms;
import org.dlora.model.LayerSite;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;

/** Tests of the steps that run before a replica serves. */
class WarmUpRoundsTest {
    private static final int BLOCKS = 32;

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

    /** Else what merging an adapter saves would be a guess: in waves all are mixed. */
    @Test
    void decodesOfTheBaseAndOfOneAdapterMeasureTheCostOfALoraTerm() {
        var decodes = new HashSet<Set<Integer>>();
        model.watchAdapters(adapters -> {
            if (adapters.length == settings.limits().maxBatch()) {
                decodes.add(Arrays.stream(adapters).boxed().collect(toSet()));
            }
        });
        warmUp();
        assertThat(decodes)
                .contains(Set.of(0))
                .anyMatch(one -> one.size() == 1 && !one.contains(0));
    }

    /** A long prompt gives the costs of attention in less time than many prompts would take. */
    @Test
    void theLastStepsAttendToALongPromptThatIsComputedOnce() {
        var last = new ArrayList<RaggedBatch>();
        model.beforeStep(last::add);
        warmUp();
        var shared = last.subList(last.size() - 4, last.size());
        assertThat(shared).allMatch(batch -> batch.rows() == 4);
        assertThat(shared.getFirst().chunks())
                .allMatch(chunk -> chunk.firstPosition() == 112 && chunk.rows() == 1);
        assertThat(last.get(last.size() - 6).rows() + last.get(last.size() - 5).rows())
                .isEqualTo(113);
    }

    @Test
    void anAdapterWhoseLogitsOverflowDoesNotKeepTheOthersFromStarting() {
        model.overflow("bee");
        warmUp();
        assertThat(model.steps()).isGreaterThan(10);
    }

    @Test
    void aFailedStepIsReported() {
        model.beforeStep(batch -> {
            throw new IllegalStateException("no memory at 0x7f");
        });
        assertThatIllegalStateException()
                .isThrownBy(this::warmUp)
                .withMessageContaining("Warm-up of replica test failed")
                .withMessageNotContaining("0x7f");
    }

    /** Rules may take a measurement that keeps a core busy for a second. */
    @Test
    void measuringCostsAsksForNoRules() {
        var asked = new AtomicInteger();
        var bee =
                new AdapterTerms() {
                    @Override
                    public List<LoraTerm> at(LayerSite at) {
                        return List.of();
                    }

                    @Override
                    public MergeRules rules() {
                        asked.incrementAndGet();
                        return MergeRules.FREE;
                    }
                };
        var rounds =
                new WarmUpRounds(
                        settings,
                        model.serve().with(Map.of("bee", bee)),
                        List.of(),
                        true,
                        () -> {});
        rounds.run();
        assertThat(rounds.costs()).isPresent();
        assertThat(asked).hasValue(0);
    }

    private void warmUp() {
        new WarmUpRounds(settings, model.serve(), List.of(), true, () -> {}).run();
    }
}
