package org.dlora.api.openai.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.dlora.api.openai.answer.PromptScore;
import org.dlora.api.openai.answer.TokenNames;
import org.dlora.api.openai.answer.Transcript;
import org.dlora.api.openai.call.AnswerTimings;
import org.dlora.api.openai.call.Usage;
import org.dlora.api.openai.tools.WholeAnswer;
import org.jspecify.annotations.Nullable;

/**
 * A whole answer of {@code /v1/chat/completions}. Its members after the usage, and the last two of
 * the choices, are vLLM's, null unless they were asked for.
 *
 * @param metrics times of the answer; absent unless a setting has them told
 */
record ChatCompletion(
        String id,
        String object,
        long created,
        String model,
        String systemFingerprint,
        List<Choice> choices,
        Usage usage,
        @Nullable List<@Nullable Map<Integer, PromptScore>> promptLogprobs,
        int @Nullable [] promptTokenIds,
        @JsonInclude(Include.NON_NULL) @Nullable AnswerTimings metrics) {

    record Choice(
            int index,
            AnswerMessage message,
            @Nullable ChatLogprobs logprobs,
            String finishReason,
            @Nullable Object stopReason,
            @Nullable List<Integer> tokenIds) {}

    static ChatCompletion of(ChatCalls.Chat chat, List<Transcript> transcripts) {
        var call = chat.call();
        var answers = transcripts.stream().map(said -> said.read(chat.format())).toList();
        return new ChatCompletion(
                call.id(),
                "chat.completion",
                call.created(),
                call.model(),
                call.served().systemFingerprint(),
                IntStream.range(0, transcripts.size())
                        .mapToObj(i -> choice(chat, i, transcripts.get(i), answers.get(i)))
                        .toList(),
                call.usage(
                                transcripts.stream().mapToInt(Transcript::outputTokens),
                                i -> transcripts.get(i).cachedTokens())
                        .withReasoning(
                                chat.format(),
                                answers.stream().mapToInt(WholeAnswer::reasoningTokens)),
                chat.promptLogprobs() < 0
                        ? null
                        : PromptScore.list(
                                call.served().tokenizer(),
                                transcripts.getFirst().promptLogprobs(),
                                chat.promptLogprobs()),
                call.options().tokenIds() ? call.promptOf(0) : null,
                call.timings());
    }

    private static Choice choice(
            ChatCalls.Chat chat, int index, Transcript said, WholeAnswer answer) {
        var call = chat.call();
        var message = AnswerMessage.of(chat.format(), answer).after(chat.echoed());
        return new Choice(
                index,
                message,
                chat.logprobs() ? ChatLogprobs.of(TokenNames.of(call), said.logprobs()) : null,
                ChatFinish.reason(chat.format(), said.reason(), message.hasCalls()),
                said.stop(),
                call.options().tokenIds() ? said.tokens() : null);
    }
}
