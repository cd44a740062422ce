package org.dlora.api.openai;

import org.dlora.api.openai.answer.Replies;
import org.dlora.api.openai.call.BodyReader;
import org.dlora.api.openai.call.CallIdentity;
import org.dlora.api.openai.chat.ChatController;
import org.dlora.api.openai.completion.CompletionController;
import org.dlora.api.web.ApiException;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * SageMaker's endpoint of inference, as vLLM has it: a body with {@code messages} is a chat, one
 * with {@code prompt} a text completion.
 */
@RestController
final class InvocationsController {
    private final BodyReader bodyReader;
    private final Replies replies;
    private final ChatController chats;
    private final CompletionController completions;

    InvocationsController(
            BodyReader bodyReader,
            Replies replies,
            ChatController chats,
            CompletionController completions) {
        this.bodyReader = bodyReader;
        this.replies = replies;
        this.chats = chats;
        this.completions = completions;
    }

    @PostMapping(path = "/invocations", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<Void> invoke(
            @RequestBody(required = false) Mono<byte[]> body, ServerWebExchange exchange) {
        var identity = CallIdentity.of(exchange);
        return replies.limited(
                exchange,
                bodyReader
                        .readCall(
                                body,
                                (json, served) -> {
                                    if (json.has("messages")) {
                                        return chats.reply(
                                                exchange, chats.read(json, served, identity));
                                    }
                                    if (json.has("prompt")) {
                                        return completions.reply(
                                                exchange, completions.read(json, served, identity));
                                    }
                                    throw ApiException.invalid(
                                            "messages",
                                            "The body has neither 'messages', as a chat has, nor 'prompt', as a text completion has.");
                                })
                        .flatMap(answer -> answer));
    }
}
