package org.dlora.api.openai;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.dlora.api.openai.answer.Replies;
import org.dlora.api.openai.call.BodyReader;
import org.dlora.api.openai.call.ModelField;
import org.dlora.api.openai.call.RequestLimits;
import org.dlora.api.openai.call.SelectedModel;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.api.openai.call.UnsupportedParameterCheck;
import org.dlora.api.openai.chat.AnswerOpening;
import org.dlora.api.openai.chat.Conversation;
import org.dlora.api.openai.chat.ToolOptions;
import org.dlora.api.openai.completion.Prompt;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.api.web.HttpSettings;
import org.dlora.api.web.Json;
import org.dlora.api.web.RequestCaller;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/** Endpoints that convert text to token ids and back, in vLLM's shapes. */
@RestController
final class TokenController {
    private static final int MOST_TOKENS = 1 << 20;

    private final BodyReader bodyReader;
    private final HttpSettings settings;

    TokenController(BodyReader bodyReader, HttpSettings settings) {
        this.bodyReader = bodyReader;
        this.settings = settings;
    }

    record Tokenized(int count, int maxModelLen, int[] tokens, @Nullable List<String> tokenStrs) {}

    record Detokenized(String prompt) {}

    @PostMapping(path = "/tokenize", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<Void> tokenize(
            @RequestBody(required = false) Mono<byte[]> body,
            ServerHttpRequest call,
            ServerHttpResponse response) {
        return bodyReader
                .readCall(
                        body, (json, served) -> tokenized(json, served, RequestCaller.access(call)))
                .flatMap(answer -> Replies.json(response, answer));
    }

    @PostMapping(path = "/detokenize", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<Void> detokenize(
            @RequestBody(required = false) Mono<byte[]> body,
            ServerHttpRequest call,
            ServerHttpResponse response) {
        return bodyReader
                .readCall(
                        body,
                        (json, served) -> detokenized(json, served, RequestCaller.access(call)))
                .flatMap(answer -> Replies.json(response, answer));
    }

    private Tokenized tokenized(ObjectNode body, ServedModel served, Access access) {
        var fields = Fields.of(body);
        var selected = ModelField.selectForNobody(fields, served, access);
        boolean strings = fields.flag("return_token_strs", false);
        boolean chat = fields.has("messages");
        if (chat == fields.has("prompt")) {
            throw ApiException.invalid("prompt", "Give either 'prompt' or 'messages'.");
        }
        var text = chat ? conversation(fields, selected) : fields.text("prompt").orElse("");
        boolean special = fields.flag("add_special_tokens", !chat);
        fields.endButNulls();
        RequestLimits.checkLength(served, chat ? "messages" : "prompt", text);
        var tokenizer = served.tokenizer();
        var tokens = tokenizer.encode(text, special);
        return new Tokenized(
                tokens.length,
                served.maxModelLength(),
                tokens,
                strings ? Arrays.stream(tokens).mapToObj(tokenizer::token).toList() : null);
    }

    private String conversation(Fields fields, SelectedModel selected) {
        UnsupportedParameterCheck.tokenizedChat(fields);
        var tools = ToolOptions.tools(fields);
        var conversation = Conversation.read(fields);
        return conversation.render(
                selected,
                AnswerOpening.read(fields, conversation.messages()),
                ToolOptions.variables(
                        fields.object("chat_template_kwargs").map(Json::values).orElse(Map.of()),
                        tools),
                settings.clock());
    }

    private static Detokenized detokenized(ObjectNode body, ServedModel served, Access access) {
        var fields = Fields.of(body);
        var _ = ModelField.selectForNobody(fields, served, access);
        var array = Fields.array("tokens", fields.required("tokens", "an array of token ids"));
        fields.endButNulls();
        if (array.size() > MOST_TOKENS) {
            throw ApiException.invalid(
                    "tokens",
                    "'tokens' has %,d token ids: at most %,d are taken at once."
                            .formatted(array.size(), MOST_TOKENS));
        }
        var tokens = Prompt.tokens("tokens", array, served.vocabSize());
        return new Detokenized(served.tokenizer().decode(tokens.ids(), false));
    }
}
