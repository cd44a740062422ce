package org.dlora.engine;

import org.dlora.replica.StopConditions;
import org.jspecify.annotations.Nullable;

/**
 * One sequence to generate. A request for n choices is n of these.
 *
 * @param id unique among unfinished ones
 * @param adapter what clients call an adapter; a replica gets the id of the version that this name
 *     stood for when the request was accepted. Null for the base model
 * @param prompt token ids, at least 1
 * @param logprobs top alternatives to report for each output token, 0 = the token's own only, -1 =
 *     none
 * @param promptLogprobs likewise for the prompt's tokens, for {@code echo}
 * @param skipSpecialTokens special tokens do not appear in the text
 * @param exact its rows never go through merged weights
 * @param continuesPrompt its text continues the prompt's, as that of a text completion does; else
 *     it stands alone, as a chat answer does
 */
public record GenerationRequest(
        String id,
        @Nullable String adapter,
        int[] prompt,
        SamplingParams sampling,
        StopConditions stop,
        int logprobs,
        int promptLogprobs,
        boolean skipSpecialTokens,
        boolean exact,
        boolean continuesPrompt) {

    /** One that may go through merged weights, and whose text stands alone. */
    public GenerationRequest(
            String id,
            @Nullable String adapter,
            int[] prompt,
            SamplingParams sampling,
            StopConditions stop,
            int logprobs,
            int promptLogprobs,
            boolean skipSpecialTokens) {
        this(
                id,
                adapter,
                prompt,
                sampling,
                stop,
                logprobs,
                promptLogprobs,
                skipSpecialTokens,
                false,
                false);
    }

    /** Token ids whose text this one's continues; empty if it stands alone. */
    int[] textBefore() {
        return continuesPrompt ? prompt : new int[0];
    }

    /** The same for another name or id of an adapter. */
    public GenerationRequest withAdapter(String other) {
        return new GenerationRequest(
                id,
                other,
                prompt,
                sampling,
                stop,
                logprobs,
                promptLogprobs,
                skipSpecialTokens,
                exact,
                continuesPrompt);
    }
}
