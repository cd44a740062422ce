package org.dlora.engine.sampling;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.dlora.replica.SamplingParams;

/**
 * The tokens of one sequence that penalties depend on. The repetition penalty needs the set of its
 * prompt and output tokens. The frequency and presence penalties need the counts of its output
 * tokens. Only tokens for the penalties that the request uses are recorded.
 */
final class TokenHistory {
    private final SamplingParams params;
    private final Set<Integer> seen = new HashSet<>();
    private final Map<Integer, Integer> outputs = new HashMap<>();

    TokenHistory(SamplingParams params, int[] prompt) {
        this.params = params;
        if (params.repetitionPenalty() != 1) {
            for (int token : prompt) {
                seen.add(token);
            }
        }
    }

    boolean penalises() {
        return params.repetitionPenalty() != 1 || countsOutputs();
    }

    void add(int token) {
        if (params.repetitionPenalty() != 1) {
            seen.add(token);
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
        double repetition = params.repetitionPenalty();
        for (int token : seen) {
            int i = candidates.index(token);
            if (i >= 0) {
                scores[i] = scores[i] < 0 ? scores[i] * repetition : scores[i] / repetition;
            }
        }
        outputs.forEach((token, count) -> {
            int i = candidates.index(token);
            if (i >= 0) {
                scores[i] -= count * params.frequencyPenalty() + params.presencePenalty();
            }
        });
    }

    private boolean countsOutputs() {
        return params.frequencyPenalty() != 0 || params.presencePenalty() != 0;
    }
}
