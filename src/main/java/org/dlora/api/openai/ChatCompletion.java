package org.dlora.api.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.List;
import java.util.stream.IntStream;
import org.dlora.api.openai.tools.AnswerFormat;
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

    record Choice(
            int index,
            AnswerMessage message,
            @Nullable ChatLogprobs logprobs,
            String finishReason,
            @Nullable Object stopReason,
            @JsonInclude(Include.NON_NULL) @Nullable List<Integer> tokenIds) {}

    static ChatCompletion of(
            Call call, AnswerFormat format, boolean logprobs, List<Transcript> transcripts) {
        return new ChatCompletion(
                call.id(),
                "chat.completion",
                call.created(),
                call.model(),
                call.served().systemFingerprint(),
                IntStream.range(0, transcripts.size())
                        .mapToObj(i -> choice(call, format, logprobs, i, transcripts.get(i)))
                        .toList(),
                call.usage(
                        transcripts.stream().mapToInt(Transcript::outputTokens),
                        i -> transcripts.get(i).cachedTokens()),
                call.options().tokenIds() ? call.promptOf(0) : null);
    }

    private static Choice choice(
            Call call, AnswerFormat format, boolean logprobs, int index, Transcript said) {
        var message = AnswerMessage.of(format, said.text());
        return new Choice(
                index,
                message,
                logprobs ? ChatLogprobs.of(call.served().tokenizer(), said.logprobs()) : null,
                ChatFinish.reason(format, said.reason(), message.hasCalls()),
                said.stop(),
                call.options().tokenIds() ? said.tokens() : null);
    }
}
