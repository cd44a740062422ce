package org.dlora.app.settings;

import jakarta.validation.constraints.Min;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of what answers contain unasked, and of what may be asked for.
 *
 * @param usage whether every chunk of every stream has token counts
 * @param tokensAsIds whether log-probabilities name tokens by id where a request does not say
 * @param timings whether answers tell their times
 * @param maxLogprobs most alternatives at one place; -1 = the whole vocabulary
 */
record AnswerProperties(
        @DefaultValue("false") boolean usage,
        @DefaultValue("false") boolean tokensAsIds,
        @DefaultValue("false") boolean timings,
        @DefaultValue("20") @Min(-1) int maxLogprobs) {}
