package org.dlora.api.web;

import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/** Whole answers of chats for pages, with the caller's rights. */
public interface ChatAnswers {
    /** Returns {@code wished} alternatives of a token, or as many as chats may ask for. */
    int alternatives(int wished);

    /**
     * Returns the whole answer of a chat. Ends in {@link ApiException} where the endpoint would.
     * The chat is cancelled when the client of {@code exchange} goes away.
     *
     * @param body of {@code /v1/chat/completions}, for one choice and not streamed
     */
    Mono<ChatAnswer> answer(ObjectNode body, ServerWebExchange exchange);
}
