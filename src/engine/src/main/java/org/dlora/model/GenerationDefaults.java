package org.dlora.model;

import java.util.HashSet;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;

/**
 * End tokens and sampling defaults of {@code generation_config.json}. A request overrides the
 * sampling defaults, as with vLLM's {@code --generation-config auto}.
 *
 * @param endTokens all of {@code eos_token_id} of the generation config, or of {@code config.json}
 *     where it has none; and the tokenizer's {@code eos_token}, as in vLLM
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

    /** Returns these defaults with {@code token} among the end tokens. */
    GenerationDefaults endingAlsoAt(OptionalInt token) {
        var tokens = new HashSet<>(endTokens);
        token.ifPresent(tokens::add);
        return withEndTokens(tokens);
    }

    /** Returns these defaults with other end tokens. */
    GenerationDefaults withEndTokens(Set<Integer> tokens) {
        return new GenerationDefaults(tokens, temperature, topP, topK, minP, repetitionPenalty);
    }

    /** Returns a copy with the end tokens alone, and no sampling default. */
    public GenerationDefaults endTokensAlone() {
        return new GenerationDefaults(
                endTokens,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                OptionalInt.empty(),
                OptionalDouble.empty(),
                OptionalDouble.empty());
    }
}
