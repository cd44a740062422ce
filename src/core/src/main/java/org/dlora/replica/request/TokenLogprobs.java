package org.dlora.replica.request;

import java.util.List;

/**
 * Log-probabilities at one position, of the raw logits (before bias, penalties and temperature), as
 * vLLM reports them.
 *
 * @param token the chosen one
 * @param top the likeliest ones, best first, not necessarily with the chosen one among them; or the
 *     chosen one and those that the request named
 */
public record TokenLogprobs(Entry token, List<Entry> top) {

    /** A token and its natural log-probability. */
    public record Entry(int token, float logprob) {}

    public TokenLogprobs {
        top = List.copyOf(top);
    }
}
