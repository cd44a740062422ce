package org.dlora.engine.sampling;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.dlora.replica.request.SamplingParams;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of one sequence that penalties depend on. The repetition penalty needs the set of its
 * prompt and output tokens, which exists from the first token on: a waiting sequence has none. The
 * frequency and presence penalties need the counts of its output tokens. Only tokens for the
 * penalties that the request uses are recorded.
 */
final class TokenHistory {
    private final SamplingParams params;
    private final int[] prompt;
    private final Map<Integer, Integer> outputs = new HashMap<>();
    private @Nullable BitSet seen;

    TokenHistory(SamplingParams params, int[] prompt) {
        this.params = params;
        this.prompt = prompt;
    }

    boolean penalises() {
        return params.repetitionPenalty() != 1 || countsOutputs();
    }

    void add(int token) {
        if (params.repetitionPenalty() != 1) {
            seen().set(token);
        }
        if (countsOutputs()) {
            outputs.merge(token, 1, Integer::sum);
        }
    }

    /**
     * Repetition penalty over prompt and output (transformers; CTRL, Keskar et al. 2019), then
     * OpenAI's over the output.
     */
    void penalise(Candidates candidates) {
        double[] scores = candidates.scores();
        if (params.repetitionPenalty() != 1) {
            repeat(candidates, scores);
        }
        outputs.forEach((token, count) -> {
            int i = candidates.index(token);
            if (i >= 0) {
                scores[i] -= count * params.frequencyPenalty() + params.presencePenalty();
            }
        });
    }

    private void repeat(Candidates candidates, double[] scores) {
        double repetition = params.repetitionPenalty();
        var known = seen();
        for (int token = known.nextSetBit(0); token >= 0; token = known.nextSetBit(token + 1)) {
            int i = candidates.index(token);
            if (i >= 0) {
                scores[i] = scores[i] < 0 ? scores[i] * repetition : scores[i] / repetition;
            }
        }
    }

    private BitSet seen() {
        var known = seen;
        if (known == null) {
            known = new BitSet();
            for (int token : prompt) {
                known.set(token);
            }
            seen = known;
        }
        return known;
    }

    private boolean countsOutputs() {
        return params.frequencyPenalty() != 0 || params.presencePenalty() != 0;
    }
}
