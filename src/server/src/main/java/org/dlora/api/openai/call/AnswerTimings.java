package org.dlora.api.openai.call;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import org.jspecify.annotations.Nullable;

/**
 * Times of one answer, under vLLM's names ({@code metrics}). One that is not known is absent.
 *
 * @param timeToFirstTokenMs from the first row computed to the first token
 * @param generationTimeMs from the first token to the last
 * @param queueTimeMs from the arrival of the call to the first row computed
 * @param meanItlMs mean time between two tokens
 * @param tokensPerSecond tokens of the answer per second since the first row computed
 */
@JsonInclude(Include.NON_NULL)
public record AnswerTimings(
        @Nullable Double timeToFirstTokenMs,
        @Nullable Double generationTimeMs,
        @Nullable Double queueTimeMs,
        @Nullable Double meanItlMs,
        @Nullable Double tokensPerSecond) {
    static final AnswerTimings NONE = new AnswerTimings(null, null, null, null, null);
}
