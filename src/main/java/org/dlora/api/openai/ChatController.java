package org.dlora.api.openai;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

@RestController
final class ChatController {
    private static final Logger log = LoggerFactory.getLogger(ChatController.class);

    private final BodyReader bodyReader;
    private final Replies replies;
    private final HttpSettings settings;

    ChatController(BodyReader bodyReader, Replies replies, HttpSettings settings) {
        this.bodyReader = bodyReader;
        this.replies = replies;
        this.settings = settings;
    }

    private record Chat(Call call, boolean logprobs) {}

    @PostMapping(path = "/v1/chat/completions", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<Void> complete(
            @RequestBody(required = false) Mono<byte[]> body, ServerWebExchange exchange) {
        replies.tellLimits(exchange);
        var identity = RequestIdentity.of(exchange);
        return bodyReader
                .read(body, (json, served) -> chat(json, served, identity))
                .flatMap(chat ->
                        replies.reply(
                                exchange.getResponse(),
                                chat.call,
                                said -> ChatCompletion.of(chat.call, chat.logprobs, said),
                                () -> new ChatChunks(chat.call)));
    }

    private Chat chat(ObjectNode body, Served served, RequestIdentity identity) {
        var request = ChatRequest.read(body, served);
        var prompt = request.prompt(settings.clock());
        int maxTokens =
                RequestLimits.maxTokens(
                        served, "messages", prompt.length, request.maxTokens(), Integer.MAX_VALUE);
        var call =
                Call.of(
                        "chatcmpl-",
                        identity,
                        request.model(),
                        request.selected(),
                        request.options(),
                        List.of(prompt),
                        List.of(maxTokens),
                        request.logprobs(),
                        -1,
                        false);
        var shadowed =
                request.selected()
                        .shadow()
                        .map(shadow -> call.withShadowPrompts(shadowPrompts(request, shadow)))
                        .orElse(call);
        return new Chat(shadowed, request.logprobs() >= 0);
    }

    /** Returns the prompt by a shadow's template; none if that refuses the messages. */
    private List<int[]> shadowPrompts(ChatRequest request, SelectedModel shadow) {
        try {
            var text =
                    request.conversation()
                            .render(
                                    shadow,
                                    request.addGenerationPrompt(),
                                    request.templateVariables(),
                                    settings.clock());
            RequestLimits.checkText(shadow.served(), "messages", text);
            return List.of(shadow.served().tokenizer().encode(text, request.addSpecialTokens()));
        } catch (ApiException e) {
            log.debug("A chat has no shadow", e);
            return List.of();
        }
    }
}
