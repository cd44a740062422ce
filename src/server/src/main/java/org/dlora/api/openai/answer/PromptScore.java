package org.dlora.api.openai.answer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.model.tokenizer.Tokenizer;
import org.dlora.replica.request.TokenLogprobs;
import org.jspecify.annotations.Nullable;

/**
 * Log-probability of a token at a place of the prompt: an entry of vLLM's {@code prompt_logprobs}.
 *
 * @param logprob natural log-probability of the raw logits
 * @param rank its place among the likeliest tokens, from 1; null if it is not among those that were
 *     asked for
 */
public record PromptScore(float logprob, @Nullable Integer rank, String decodedToken) {

    /**
     * Returns the scores at each place by token id, the prompt's own token first.
     *
     * @param rest log-probabilities of all prompt tokens but the first, which has none
     * @param top most of the likeliest tokens at each place
     */
    public static List<@Nullable Map<Integer, PromptScore>> list(
            Tokenizer tokenizer, List<TokenLogprobs> rest, int top) {
        var places = new ArrayList<@Nullable Map<Integer, PromptScore>>();
        places.add(null);
        rest.forEach(place -> places.add(place(tokenizer, place, top)));
        return places;
    }

    private static Map<Integer, PromptScore> place(
            Tokenizer tokenizer, TokenLogprobs logprobs, int top) {
        var best = logprobs.top().stream().limit(top).toList();
        var scores = new LinkedHashMap<Integer, PromptScore>();
        var own = logprobs.token();
        scores.put(own.token(), of(tokenizer, own, null));
        for (int i = 0; i < best.size(); i++) {
            scores.put(best.get(i).token(), of(tokenizer, best.get(i), i + 1));
        }
        return scores;
    }

    private static PromptScore of(
            Tokenizer tokenizer, TokenLogprobs.Entry entry, @Nullable Integer rank) {
        return new PromptScore(
                Logprob.finite(entry.logprob()), rank, TokenText.of(tokenizer, entry.token()));
    }
}
