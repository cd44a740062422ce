package org.dlora.api.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A whole answer of {@code /v1/chat/completions}. The last member and the choices' last two are
 * vLLM's.
 */
record ChatCompletion(
        String id,
        String object,
        long created,
        String model,
        String systemFingerprint,
        List<Choice> choices,
        Usage usage,
        @JsonInclude(Include.NON_NULL) int @Nullable [] promptTokenIds) {

    record Message(String role, String content, @Nullable String refusal) {}

    record Choice(
            int index,
            Message message,
            @Nullable ChatLogprobs logprobs,
            String finishReason,
            @Nullable Object stopReason,
            @JsonInclude(Include.NON_NULL) @Nullable List<Integer> tokenIds) {}

    static ChatCompletion of(Call call, boolean logprobs, List<Transcript> transcripts) {
        return new ChatCompletion(
                call.id(),
                "chat.completion",
                call.created(),
                call.model(),
                call.served().systemFingerprint(),
                IntStream.range(0, transcripts.size())
                        .mapToObj(i -> choice(call, logprobs, i, transcripts.get(i)))
                        .toList(),
                call.usage(
                        transcripts.stream().mapToInt(Transcript::outputTokens),
                        i -> transcripts.get(i).cachedTokens()),
                call.options().tokenIds() ? call.promptOf(0) : null);
    }

    private static Choice choice(Call call, boolean logprobs, int index, Transcript said) {
        return new Choice(
                index,
                new Message("assistant", said.text(), null),
                logprobs ? ChatLogprobs.of(call.served().tokenizer(), said.logprobs()) : null,
                said.finishReason(),
                said.stop(),
                call.options().tokenIds() ? said.tokens() : null);
    }
}
