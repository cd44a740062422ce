package org.dlora.engine.sampling;

import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import org.dlora.constraint.Constraint;
import org.dlora.constraint.MaskBudget;
import org.dlora.constraint.MaskPostponedException;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.TokenBias;
import org.dlora.replica.request.TokenIdSet;
import org.jspecify.annotations.Nullable;

/**
 * State that one sequence draws its tokens with. It follows from the request and its output tokens,
 * so preemption and migration do not touch it.
 */
public final class SamplingState {
    /** Difference between the states of {@link SplittableRandom} at two draws. */
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private final SamplingParams params;
    private final long seed;
    private final TokenHistory history;

    /** The model's end tokens and the request's stop tokens. */
    private final List<TokenIdSet> endings;

    /** Ids of the tokens that may come; empty for all. */
    private final TokenIdSet allowed;

    private final int minTokens;
    private final @Nullable TextState constrained;
    private MaskBudget masks = MaskBudget.unbounded();
    private int postponements;
    private int outputs;
    private int draws;

    public SamplingState(GenerationRequest request, Set<Integer> endTokens) {
        this(request, endTokens, null);
    }

    /**
     * @param endTokens of the model
     * @param constraint the request's, compiled; null if it has none
     */
    public SamplingState(
            GenerationRequest request, Set<Integer> endTokens, @Nullable Constraint constraint) {
        params = request.sampling();
        seed = params.seed().orElseGet(() -> ThreadLocalRandom.current().nextLong());
        history = new TokenHistory(params, request.prompt());
        endings = List.of(TokenIdSet.of(endTokens), TokenIdSet.of(request.stop().stopTokens()));
        allowed = TokenIdSet.of(params.allowedTokens());
        minTokens = request.stop().minTokens();
        constrained = constraint == null ? null : new TextState(constraint);
    }

    SamplingParams params() {
        return params;
    }

    /**
     * Returns the random number of the next draw, in [0, 1): a function of the seed and the draw's
     * index.
     */
    double nextDouble() {
        return new SplittableRandom(seed + draws++ * GOLDEN_GAMMA).nextDouble();
    }

    /** Goes on after {@code output}: each token that is drawn at random takes one draw. */
    public void resume(int[] output) {
        for (int token : output) {
            add(token);
        }
        draws = output.length;
    }

    /**
     * Returns whether the next token is the one with the largest raw logit, if that {@link
     * #mayCome}.
     */
    public boolean isPlainGreedy() {
        return params.isPlainGreedy();
    }

    /**
     * Returns whether the next token may be {@code token}: one of the allowed ones, no end before
     * {@code min_tokens}, and nothing that the constraint excludes.
     */
    public boolean mayCome(int token) {
        if (!(allowed.isEmpty() || allowed.has(token))) {
            return false;
        }
        boolean isEnding = isEnding(token);
        if (isEnding && outputs < minTokens) {
            return constrained != null && constrained.mustEnd();
        }
        return constrained == null
                || (isEnding && constrained.mayEnd())
                || constrained.allows(token);
    }

    /**
     * Returns top_k, if the next token follows from that many of the largest raw logits, where no
     * others equal the last of them; 0 if it follows from other logits too, or from a constraint.
     */
    public int topKAlone() {
        return params.temperature() > 0
                        && params.keepsLogits()
                        && allowed.isEmpty()
                        && constrained == null
                        && outputs >= minTokens
                ? params.topK()
                : 0;
    }

    /** Returns whether the next token may need a mask. */
    public boolean isConstrained() {
        return constrained != null;
    }

    /**
     * Sets the budget for the mask of the next draw, which may end by a {@link
     * MaskPostponedException}.
     */
    public void within(MaskBudget budget) {
        masks = budget;
    }

    /** Notes that the next token is drawn in a later step. */
    public void postpone() {
        postponements++;
    }

    /** Returns how many steps in a row have postponed the next token. */
    public int postponements() {
        return postponements;
    }

    public void add(int token) {
        postponements = 0;
        outputs++;
        history.add(token);
        if (constrained != null) {
            constrained.add(token, isEnding(token));
        }
    }

    /**
     * Opens a row: the tokens that the constraint allows, with bias and penalties. Ends that come
     * too early, and what is not among the allowed tokens, are ruled out.
     */
    void open(Candidates candidates, float[] logits) {
        if (constrained == null) {
            candidates.open(logits);
        } else {
            constrain(candidates, logits, constrained);
        }
        double[] scores = candidates.scores();
        TokenBias.of(params.logitBias())
                .each((token, bias) -> {
                    int i = candidates.index(token);
                    if (i >= 0) {
                        scores[i] += bias;
                    }
                });
        history.penalise(candidates);
        if (constrained == null && outputs < minTokens) {
            for (var tokens : endings) {
                tokens.each(token -> scores[token] = Double.NEGATIVE_INFINITY);
            }
        }
        if (!allowed.isEmpty()) {
            candidates.keep(allowed);
        }
    }

    private boolean isEnding(int token) {
        return endings.getFirst().has(token) || endings.getLast().has(token);
    }

    private void constrain(Candidates candidates, float[] logits, TextState text) {
        boolean isLongEnough = outputs >= minTokens;
        // A complete text that cannot go on ends, even before min_tokens.
        boolean mayEnd = text.mayEnd() && (isLongEnough || text.mustEnd());
        candidates.open(
                logits,
                text.mask(masks),
                mayEnd ? endings : List.of(),
                isLongEnough ? List.of() : endings);
    }
}
