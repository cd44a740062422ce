package org.dlora.catalogue.replay;

import java.util.List;
import org.dlora.replica.request.TokenLogprobs;

/**
 * The answer of a replay.
 *
 * @param tokens ids of its output tokens
 * @param logprobs of each of them, with the likeliest alternatives
 */
public record Rerun(int[] tokens, List<TokenLogprobs> logprobs) {
    public Rerun {
        logprobs = List.copyOf(logprobs);
    }
}
