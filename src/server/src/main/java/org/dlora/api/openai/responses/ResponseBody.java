package org.dlora.api.openai.responses;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An answer of {@code /v1/responses}, with the parameters that it was made with.
 *
 * @param object {@code response}
 * @param createdAt seconds since 1970
 * @param status how far it is, such as {@code in_progress} or {@code failed}
 * @param completedAt seconds since 1970; null unless it is complete
 * @param error why it failed; null if it did not
 * @param incompleteDetails why it is incomplete; null if it is not
 * @param store whether it is kept
 * @param usage null while it is not known
 * @param dloraAdapter name, version and hash of the adapter, in the last event of a stream whose
 *     header {@code X-DLoRA-Adapter} could not name it
 */
record ResponseBody(
        String id,
        String object,
        long createdAt,
        String status,
        boolean background,
        @Nullable Long completedAt,
        @Nullable Failure error,
        @Nullable Incomplete incompleteDetails,
        @Nullable String instructions,
        @Nullable Integer maxOutputTokens,
        @Nullable Integer maxToolCalls,
        String model,
        List<OutputItem> output,
        boolean parallelToolCalls,
        @Nullable String previousResponseId,
        @Nullable String promptCacheKey,
        Reasoning reasoning,
        @Nullable String safetyIdentifier,
        String serviceTier,
        boolean store,
        double temperature,
        TextConfig text,
        Object toolChoice,
        List<Object> tools,
        int topLogprobs,
        double topP,
        String truncation,
        @Nullable ResponseUsage usage,
        @Nullable String user,
        Map<String, String> metadata,
        @JsonInclude(Include.NON_NULL) @Nullable String dloraAdapter) {

    /** Returns a copy of a response that is not kept. */
    ResponseBody withoutStore() {
        return new ResponseBody(
                id,
                object,
                createdAt,
                status,
                background,
                completedAt,
                error,
                incompleteDetails,
                instructions,
                maxOutputTokens,
                maxToolCalls,
                model,
                output,
                parallelToolCalls,
                previousResponseId,
                promptCacheKey,
                reasoning,
                safetyIdentifier,
                serviceTier,
                false,
                temperature,
                text,
                toolChoice,
                tools,
                topLogprobs,
                topP,
                truncation,
                usage,
                user,
                metadata,
                dloraAdapter);
    }

    /**
     * Why a response failed.
     *
     * @param code {@code server_error}
     */
    record Failure(String code, String message) {}

    /**
     * Why a response is incomplete.
     *
     * @param reason {@code max_output_tokens}
     */
    record Incomplete(String reason) {}

    /**
     * Reasoning as the call asks for it.
     *
     * @param effort null unless the call has one
     * @param summary null: reasoning is not summarised
     */
    record Reasoning(@Nullable String effort, @Nullable String summary) {
        static final Reasoning NONE = new Reasoning(null, null);
    }

    /**
     * Format and verbosity of the text.
     *
     * @param format as the call has it
     * @param verbosity as the call has it; {@code medium} by default
     */
    record TextConfig(Object format, String verbosity) {}
}
