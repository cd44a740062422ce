package org.dlora.replica;

import org.jspecify.annotations.Nullable;

/**
 * An output token that the engine has sampled, with its text.
 *
 * @param text that became complete with it
 * @param unfinishedText text of a character that is not complete yet; shown if the answer ends here
 * @param logprobs null unless asked for
 */
public record SampledToken(
        int token, String text, String unfinishedText, @Nullable TokenLogprobs logprobs) {}
