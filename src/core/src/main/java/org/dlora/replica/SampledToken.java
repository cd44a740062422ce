package org.dlora.replica;

import org.dlora.replica.request.TokenLogprobs;
import org.jspecify.annotations.Nullable;

/**
 * An output token that the engine has sampled, with its text.
 *
 * @param text that became complete with it
 * @param logprobs null unless asked for
 */
public record SampledToken(int token, String text, @Nullable TokenLogprobs logprobs) {}
