package org.dlora.model;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What {@code generation_config.json} says: end tokens, and sampling defaults that a request
 * overrides (as vLLM's {@code --generation-config auto}).
 *
 * @param endTokens all of {@code eos_token_id} of the generation config, or of {@code config.json}
 *     where it has none
 */
public record GenerationDefaults(
        Set<Integer> endTokens,
        OptionalDouble temperature,
        OptionalDouble topP,
        OptionalInt topK,
        OptionalDouble minP,
        OptionalDouble repetitionPenalty) {
    public GenerationDefaults {
        endTokens = Set.copyOf(endTokens);
    }
}
