package org.dlora.api.openai;

import java.time.Clock;
import org.dlora.api.pools.WorkPools;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers of chats for pages: checked, rendered and limited as {@code /v1/chat/completions} does
 * it, with the caller's rights.
 */
public final class ChatAnswers {
    private final Serving serving;
    private final WorkPools pools;
    private final ChatCalls calls;
    private final Replies replies;
    private final Clock clock;

    ChatAnswers(Serving serving, WorkPools pools, ChatCalls calls, Replies replies, Clock clock) {
        this.pools = pools;
        this.serving = serving;
        this.calls = calls;
        this.replies = replies;
        this.clock = clock;
    }

    /** Returns {@code wished} alternatives of a token, or as many as chats may ask for. */
    public int alternatives(int wished) {
        return serving.require().calls().alternatives(wished);
    }

    /**
     * Returns the whole answer of a chat. Ends in {@link ApiException} where the endpoint would.
     * The chat is cancelled when the client of {@code exchange} goes away.
     *
     * @param body of {@code /v1/chat/completions}, for one choice and not streamed
     */
    public Mono<ChatAnswer> answer(ObjectNode body, ServerWebExchange exchange) {
        var identity = CallIdentity.ofPage(exchange, clock);
        return CallCompilation.read(pools, () -> calls.read(body, serving.require(), identity))
                .flatMap(chat ->
                        replies.run(
                                exchange.getResponse(),
                                chat.call(),
                                emissions ->
                                        Transcript.collect(emissions, 1)
                                                .map(said ->
                                                        ChatAnswer.of(
                                                                chat.call(), said.getFirst()))));
    }
}
