package org.dlora.api.openai.chat;

import java.time.Clock;
import java.util.stream.IntStream;
import org.dlora.api.openai.answer.Logprob;
import org.dlora.api.openai.answer.Replies;
import org.dlora.api.openai.answer.TokenText;
import org.dlora.api.openai.answer.Transcript;
import org.dlora.api.openai.call.Call;
import org.dlora.api.openai.call.CallCompilation;
import org.dlora.api.openai.call.CallIdentity;
import org.dlora.api.openai.call.Serving;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.ChatAnswer;
import org.dlora.api.web.ChatAnswers;
import org.dlora.model.tokenizer.Tokenizer;
import org.dlora.replica.request.TokenLogprobs;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/** Chats of pages, checked, rendered and limited as those of {@code /v1/chat/completions}. */
public final class WholeChats implements ChatAnswers {
    private final Serving serving;
    private final WorkPools pools;
    private final ChatCalls calls;
    private final Replies replies;
    private final Clock clock;

    public WholeChats(
            Serving serving, WorkPools pools, ChatCalls calls, Replies replies, Clock clock) {
        this.pools = pools;
        this.serving = serving;
        this.calls = calls;
        this.replies = replies;
        this.clock = clock;
    }

    @Override
    public int alternatives(int wished) {
        return serving.require().calls().alternatives(wished);
    }

    @Override
    public Mono<ChatAnswer> answer(ObjectNode body, ServerWebExchange exchange) {
        var identity = CallIdentity.ofPage(exchange, clock);
        return CallCompilation.read(pools, () -> calls.read(body, serving.require(), identity))
                .flatMap(chat ->
                        replies.run(
                                exchange.getResponse(),
                                chat.call(),
                                emissions ->
                                        Transcript.collect(emissions, 1)
                                                .map(said -> whole(chat.call(), said.getFirst()))));
    }

    private static ChatAnswer whole(Call call, Transcript said) {
        return new ChatAnswer(
                call.id(),
                call.model(),
                call.selected().label().orElse(null),
                said.text(),
                said.finishReason(),
                said.promptTokens(),
                said.outputTokens(),
                said.firstToken(),
                said.total(),
                IntStream.range(0, said.logprobs().size())
                        .mapToObj(i ->
                                token(
                                        said.text(i),
                                        said.logprobs().get(i),
                                        call.served().tokenizer()))
                        .toList());
    }

    private static ChatAnswer.Token token(
            String text, TokenLogprobs logprobs, Tokenizer tokenizer) {
        return new ChatAnswer.Token(
                text,
                Logprob.finite(logprobs.token().logprob()),
                logprobs.top().stream()
                        .map(one ->
                                new ChatAnswer.Alternative(
                                        TokenText.of(tokenizer, one.token()),
                                        Logprob.finite(one.logprob())))
                        .toList());
    }
}
