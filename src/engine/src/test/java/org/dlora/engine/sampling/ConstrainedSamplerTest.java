package org.dlora.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.dlora.constraint.Constraint;
import org.dlora.constraint.ConstraintCompiler;
import org.dlora.constraint.ConstraintDefinition;
import org.dlora.constraint.TokenTrie;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Rows under a constraint are drawn as if all other tokens had no probability. */
class ConstrainedSamplerTest {
    private static final int VOCAB = 300;
    private static final int END = 299;
    private static final ConstraintCompiler COMPILER =
            new ConstraintCompiler(
                    TokenTrie.of(VOCAB, id -> id == END ? null : new byte[] {(byte) id}));

    /** The oracle is a row without a constraint where what is excluded has a bias against it. */
    @Property(tries = 400)
    void drawsEqualThoseOfARowWhoseOtherTokensAreImpossible(@ForAll long seed) {
        var random = new Random(seed);
        var constraint = COMPILER.compile(new ConstraintDefinition.Regex("[b-y]?[^a-f]"));
        var logits = new float[VOCAB];
        for (int i = 0; i < VOCAB; i++) {
            logits[i] = (float) (3 * random.nextGaussian());
        }
        var params = params(random);
        var constrained = state(params, constraint);
        var free = state(params, null);
        int drawn = new Sampler(VOCAB).sample(logits, constrained);
        var mask = constraint.mask(constraint.start());
        assertThat(mask.allows(drawn)).isTrue();
        var excluded = logits.clone();
        IntStream.range(0, VOCAB).filter(i -> !mask.allows(i)).forEach(i -> excluded[i] = -1e30f);
        assertThat(new Sampler(VOCAB).sample(excluded, free)).isEqualTo(drawn);
    }

    private static SamplingParams params(Random random) {
        return new SamplingParams(
                random.nextInt(4) == 0 ? 0 : 0.5 + random.nextDouble(),
                random.nextBoolean() ? 1 : 0.7,
                random.nextBoolean() ? 0 : 1 + random.nextInt(40),
                random.nextBoolean() ? 0 : 0.05,
                random.nextDouble(),
                random.nextDouble(),
                1.2,
                Map.of(random.nextInt(120), 4.0, 120 + random.nextInt(120), -2.0),
                OptionalLong.of(random.nextLong()));
    }

    @Test
    void endsComeExactlyWhereTheTextMayEnd() {
        var constraint = COMPILER.compile(new ConstraintDefinition.Regex("ab?"));
        var logits = new float[VOCAB];
        logits[END] = 9;
        logits['b'] = 5;
        var state = state(SamplingParams.GREEDY, constraint);
        var sampler = new Sampler(VOCAB);
        assertThat(sampler.sample(logits, state)).isEqualTo('a');
        state.add('a');
        assertThat(sampler.sample(logits, state)).isEqualTo(END);
        state.add('b');
        logits[END] = -9;
        assertThat(sampler.sample(logits, state)).isEqualTo(END);
    }

    @Test
    void noEndComesBeforeTheMinimumUnlessItMust() {
        var constraint = COMPILER.compile(new ConstraintDefinition.Regex("ab?"));
        var stop = new StopConditions(9, 5, false, Set.of(), List.of(), false);
        var state =
                new SamplingState(request(SamplingParams.GREEDY, stop), Set.of(END), constraint);
        var logits = new float[VOCAB];
        logits[END] = 9;
        var sampler = new Sampler(VOCAB);
        for (int token : new int[] {'a', 'b', END}) {
            assertThat(sampler.sample(logits, state)).isEqualTo(token);
            state.add(token);
        }
    }

    private static SamplingState state(SamplingParams params, @Nullable Constraint constraint) {
        return new SamplingState(request(params, StopConditions.after(9)), Set.of(END), constraint);
    }

    private static GenerationRequest request(SamplingParams params, StopConditions stop) {
        return new GenerationRequest(
                "r", AdapterRef.base(), new int[] {'b', 'x', 'z'}, params, stop, -1, -1, true);
    }
}
