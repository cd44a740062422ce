package org.dlora.scheduling.dispatch;

import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.LoraFacts;

/**
 * A new request, as far as the choice of its replica depends on it.
 *
 * @param lora sizes of its adapter; {@link LoraFacts#NONE} for the base model
 * @param promptTokens tokens of its prompt, at least 1
 * @param outputTokens expected tokens of its answer, from the answers of its adapter so far; at
 *     least 1
 * @param isExact whether it must not run through merged weights
 */
public record DispatchRequest(
        AdapterRef adapter,
        LoraFacts lora,
        int promptTokens,
        double outputTokens,
        boolean isExact) {
    public DispatchRequest {
        if (promptTokens < 1 || !(outputTokens >= 1 && outputTokens < Integer.MAX_VALUE)) {
            throw new IllegalArgumentException(
                    "A request for %s has %d prompt tokens and %s expected output tokens: expected at least 1 of each"
                            .formatted(adapter.quoted(), promptTokens, outputTokens));
        }
    }
}
