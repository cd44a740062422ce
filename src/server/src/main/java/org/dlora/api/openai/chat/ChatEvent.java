package org.dlora.api.openai.chat;

import java.util.List;
import org.dlora.replica.request.FinishReason;
import org.jspecify.annotations.Nullable;

/** Event of the one answer of a {@link ChatRun}, in order. */
public sealed interface ChatEvent {

    /**
     * More text for the user; it may be empty.
     *
     * @param logprobs of its tokens; empty if they were not asked for
     */
    record Text(String text, List<ChatLogprobs.Entry> logprobs) implements ChatEvent {}

    /** More of the model's reasoning. */
    record Reasoning(String text) implements ChatEvent {}

    /**
     * A call of a function begins.
     *
     * @param id of the call, by which its result is sent
     */
    record CallBegun(String id, String name) implements ChatEvent {}

    /** More of the arguments of the call that began last. */
    record Arguments(String text) implements ChatEvent {}

    /**
     * The call that began last is not well formed after all.
     *
     * @param text all that the model wrote of it
     */
    record CallBroken(String text) implements ChatEvent {}

    /**
     * The answer is complete.
     *
     * @param reason {@code STOP} or {@code LENGTH}
     * @param cachedTokens prompt tokens that were found in the prefix cache
     * @param reasoningTokens those of the output between the tags of the reasoning
     * @param lateAdapter name, version and hash of the adapter where the header of a stream could
     *     not name it; else null
     */
    record End(
            FinishReason reason,
            int promptTokens,
            int cachedTokens,
            int outputTokens,
            int reasoningTokens,
            @Nullable String lateAdapter)
            implements ChatEvent {}
}
