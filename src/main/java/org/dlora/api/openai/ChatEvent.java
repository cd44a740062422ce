package org.dlora.api.openai;

import java.util.List;
import org.dlora.replica.FinishReason;
import org.jspecify.annotations.Nullable;

/** What happens to the one answer of a {@link ChatRun}, in order. */
public sealed interface ChatEvent {

    /**
     * More text of the answer; it may be empty.
     *
     * @param logprobs of its token; empty if they were not asked for
     */
    record Text(String text, List<ChatLogprobs.Entry> logprobs) implements ChatEvent {}

    /**
     * The answer is complete.
     *
     * @param text the rest of it, which was held back
     * @param reason {@code STOP} or {@code LENGTH}
     * @param cachedTokens prompt tokens that were found in the prefix cache
     * @param lateAdapter name, version and hash of the adapter where the header of a stream could
     *     not name it; else null
     */
    record End(
            String text,
            FinishReason reason,
            int promptTokens,
            int cachedTokens,
            int outputTokens,
            @Nullable String lateAdapter)
            implements ChatEvent {}
}
