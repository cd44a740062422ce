package org.dlora.api.openai;

import org.dlora.security.Access;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers of chats for pages: checked, rendered and limited as {@code /v1/chat/completions} does
 * it, with the caller's rights.
 */
public final class ChatAnswers {
    private final Serving serving;
    private final ChatCalls calls;
    private final Replies replies;

    ChatAnswers(Serving serving, ChatCalls calls, Replies replies) {
        this.serving = serving;
        this.calls = calls;
        this.replies = replies;
    }

    /**
     * Returns the whole answer of a chat. Ends in {@link ApiException} where the endpoint would.
     * The chat is cancelled when the client of {@code exchange} goes away.
     *
     * @param body of {@code /v1/chat/completions}, for one choice and not streamed
     */
    public Mono<ChatAnswer> answer(ObjectNode body, ServerWebExchange exchange) {
        var identity = RequestIdentity.of(exchange).another();
        var access = Access.of(exchange.getAttribute(Access.NAME));
        return Mono.fromCallable(() -> calls.read(body, serving.require(access), identity))
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(chat ->
                        replies.run(
                                exchange.getResponse(),
                                chat.call(),
                                emissions -> TimedAnswer.collect(chat.call(), emissions)));
    }
}
