package org.dlora.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.dlora.replica.LargestRequest;
import org.dlora.testing.AllocatedBytes;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Parameters that name a whole vocabulary, in the state of a sequence and in a step. */
class SharedParametersTest {
    private static final int VOCABULARY = 50_000;
    private static final Set<Integer> ENDS = Set.of(1, 2);

    @ParameterizedTest
    @EnumSource
    void parametersAreHeldOnceForAllSequencesOfACall(LargestRequest kind) {
        var call = kind.call("r", VOCABULARY, VOCABULARY);
        var _ = new SamplingState(call.getFirst(), ENDS);
        assertThat(AllocatedBytes.of(() -> new SamplingState(call.getLast(), ENDS)))
                .isLessThan(1_000);
    }

    /** The set of the prompt's tokens for the repetition penalty is a bit for each token. */
    @ParameterizedTest
    @EnumSource
    void cannotMakeARowOfAStepTakeMoreThanABitForEachToken(LargestRequest kind) {
        var call = kind.call("r", VOCABULARY, VOCABULARY);
        var sampler = new Sampler(VOCABULARY);
        var logits = new float[VOCABULARY];
        sampler.sample(logits, new SamplingState(call.getFirst(), ENDS));
        var state = new SamplingState(call.getLast(), ENDS);
        long first = AllocatedBytes.of(() -> sampler.sample(logits, state));
        state.add(7);
        long second = AllocatedBytes.of(() -> sampler.sample(logits, state));
        assertThat(first).isLessThan(2 * VOCABULARY / 8 + 10_000);
        assertThat(second).isLessThan(2_000);
    }

    @ParameterizedTest
    @EnumSource
    void parametersAreNotCopiedForAnotherSeed(LargestRequest kind) {
        var sampling = kind.call("r", 1, VOCABULARY).getFirst().sampling();
        var other = sampling.withSeed(1);
        assertThat(AllocatedBytes.of(() -> sampling.withSeed(1))).isLessThan(200);
        assertThat(other.logitBias()).isSameAs(sampling.logitBias());
    }
}
