package org.dlora.catalogue.replay;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The first output token in which a replay differs. Log-probabilities are natural ones, of the raw
 * logits.
 *
 * @param index from 0
 * @param original the request's token; empty if it had ended, or if the token is not known
 * @param replay the replay's token; empty if it had ended
 * @param originalLogprob of the request's token when it ran; null if that was not kept
 * @param originalInReplay of the request's token in the replay; null if it is not among the
 *     likeliest there
 * @param replayLogprob of the replay's token in the replay
 */
public record TokenDifference(
        int index,
        OptionalInt original,
        OptionalInt replay,
        @Nullable Float originalLogprob,
        @Nullable Float originalInReplay,
        @Nullable Float replayLogprob) {}
