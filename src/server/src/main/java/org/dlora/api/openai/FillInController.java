package org.dlora.api.openai;

import java.util.List;
import org.dlora.api.openai.answer.Replies;
import org.dlora.api.openai.call.BodyReader;
import org.dlora.api.openai.call.Call;
import org.dlora.api.openai.call.CallIdentity;
import org.dlora.api.openai.call.GenerationOptions;
import org.dlora.api.openai.call.ModelField;
import org.dlora.api.openai.call.RequestLimits;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.api.openai.chat.ChatCalls;
import org.dlora.api.openai.chat.ChatController;
import org.dlora.api.openai.completion.FillIn;
import org.dlora.api.openai.tools.AnswerFormat;
import org.dlora.api.web.Fields;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/**
 * Mistral's endpoint of code completion: the text between {@code prompt} and {@code suffix}, in an
 * answer of a chat's shape.
 */
@RestController
final class FillInController {
    private final BodyReader bodyReader;
    private final Replies replies;
    private final ChatController chats;

    FillInController(BodyReader bodyReader, Replies replies, ChatController chats) {
        this.bodyReader = bodyReader;
        this.replies = replies;
        this.chats = chats;
    }

    @PostMapping(path = "/v1/fim/completions", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<Void> complete(
            @RequestBody(required = false) Mono<byte[]> body, ServerWebExchange exchange) {
        var identity = CallIdentity.of(exchange);
        return replies.limited(
                exchange,
                bodyReader
                        .readCall(body, (json, served) -> read(json, served, identity))
                        .flatMap(chat -> chats.reply(exchange, chat)));
    }

    private static ChatCalls.Chat read(ObjectNode body, ServedModel served, CallIdentity identity) {
        var seed = body.get("random_seed");
        if (seed != null && !body.has("seed")) {
            // Mistral's name of it.
            body.remove("random_seed");
            body.set("seed", seed);
        }
        var fields = Fields.of(body);
        var selected = ModelField.select(fields, served, identity.access());
        var model = ModelField.name(fields, served);
        var prompt = Fields.text("prompt", fields.required("prompt", "the text before the gap"));
        var suffix = fields.text("suffix").orElse("");
        fields.ignore("metadata");
        var options = GenerationOptions.read(fields, selected);
        var asked = fields.integer("max_tokens", 1, Integer.MAX_VALUE);
        options.checkMinTokens(asked);
        fields.endButNulls();
        var text = FillIn.prompt(prompt, suffix, served);
        RequestLimits.checkText(served, "prompt", text);
        var tokens = served.tokenizer().encode(text, true);
        int maxTokens =
                RequestLimits.maxTokens(served, "prompt", tokens.length, asked, Integer.MAX_VALUE);
        var call =
                Call.of(
                        Call.CHAT_ID,
                        identity,
                        model,
                        selected,
                        options,
                        List.of(tokens),
                        List.of(maxTokens),
                        -1,
                        -1,
                        true);
        return new ChatCalls.Chat(call, AnswerFormat.TEXT, false, -1, "");
    }
}
