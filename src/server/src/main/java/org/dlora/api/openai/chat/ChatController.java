package org.dlora.api.openai.chat;

import org.dlora.api.openai.answer.Replies;
import org.dlora.api.openai.call.BodyReader;
import org.dlora.api.openai.call.CallIdentity;
import org.dlora.api.openai.call.ServedModel;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

@RestController
public final class ChatController {
    private final BodyReader bodyReader;
    private final Replies replies;
    private final ChatCalls calls;

    ChatController(BodyReader bodyReader, Replies replies, ChatCalls calls) {
        this.bodyReader = bodyReader;
        this.replies = replies;
        this.calls = calls;
    }

    @PostMapping(path = "/v1/chat/completions", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<Void> complete(
            @RequestBody(required = false) Mono<byte[]> body, ServerWebExchange exchange) {
        var identity = CallIdentity.of(exchange);
        return replies.limited(
                exchange,
                bodyReader
                        .readCall(body, (json, served) -> read(json, served, identity))
                        .flatMap(chat -> reply(exchange, chat)));
    }

    /** Returns the chat of a body, as {@link ChatCalls#read} does. */
    public ChatCalls.Chat read(ObjectNode body, ServedModel served, CallIdentity identity) {
        return calls.read(body, served, identity);
    }

    /** Runs a chat and answers it. */
    public Mono<Void> reply(ServerWebExchange exchange, ChatCalls.Chat chat) {
        return replies.reply(
                exchange.getResponse(),
                chat.call(),
                said -> ChatCompletion.of(chat, said),
                () -> new ChatChunks(chat.call(), chat.format(), chat.echoed()));
    }
}
