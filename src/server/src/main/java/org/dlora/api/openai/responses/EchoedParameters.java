package org.dlora.api.openai.responses;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Parameters of a call that its answer repeats.
 *
 * @param reasoning as the call has it
 * @param store whether the answer is to be kept
 * @param text as the call has it, with defaults
 * @param toolChoice as the call has it, or {@code auto}
 * @param tools as the call has them
 * @param stream whether the answer is streamed, which it does not repeat
 */
record EchoedParameters(
        @Nullable String instructions,
        @Nullable Integer maxOutputTokens,
        @Nullable Integer maxToolCalls,
        String model,
        boolean parallelToolCalls,
        @Nullable String previousResponseId,
        @Nullable String promptCacheKey,
        ResponseBody.Reasoning reasoning,
        @Nullable String safetyIdentifier,
        boolean store,
        ResponseBody.TextConfig text,
        Object toolChoice,
        List<Object> tools,
        int topLogprobs,
        @Nullable String user,
        Map<String, String> metadata,
        boolean stream) {}
