package org.dlora.api.openai;

import java.nio.file.Files;
import java.util.Set;
import org.dlora.api.openai.answer.Replies;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.api.openai.call.Serving;
import org.dlora.api.pools.WorkPools;
import org.dlora.model.ChatFormat;
import org.dlora.tensor.JsonFile;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Endpoint that answers the model's {@code tokenizer_config.json} with its chat template, as vLLM
 * does. Clients that tokenise by themselves learn from it which tokenizer to load.
 */
@RestController
final class TokenizerInfoController {
    private static final String FILE = "tokenizer_config.json";
    private static final String CLASS = "tokenizer_class";
    private static final Set<String> PATHS = Set.of("vocab_file", "merges_file", "name_or_path");

    private final Serving serving;
    private final WorkPools pools;

    TokenizerInfoController(Serving serving, WorkPools pools) {
        this.pools = pools;
        this.serving = serving;
    }

    @GetMapping("/tokenizer_info")
    Mono<Void> info(ServerHttpRequest call, ServerHttpResponse response) {
        var served = serving.require();
        return pools.bodies().run(() -> info(served)).flatMap(info -> Replies.json(response, info));
    }

    private static ObjectNode info(ServedModel served) {
        var file = served.models().base().folder().resolve(FILE);
        var info = JsonNodeFactory.instance.objectNode();
        if (Files.exists(file)) {
            JsonFile.read(file)
                    .properties()
                    .forEach(member -> info.set(member.getKey(), plain(member.getValue())));
        }
        info.remove(PATHS);
        if (!info.path(CLASS).isString()) {
            info.put(CLASS, "PreTrainedTokenizerFast");
        }
        served.chat().map(ChatFormat::template).ifPresent(text -> info.put("chat_template", text));
        return info;
    }

    /** Returns tokens with their flags as their texts, as vLLM shows them. */
    private static JsonNode plain(JsonNode value) {
        if (value instanceof ObjectNode token && token.path("content").isString()) {
            return token.get("content");
        }
        if (value instanceof ArrayNode list) {
            var texts = JsonNodeFactory.instance.arrayNode();
            list.forEach(one -> texts.add(plain(one)));
            return texts;
        }
        if (value instanceof ObjectNode object) {
            var members = JsonNodeFactory.instance.objectNode();
            object.properties()
                    .forEach(member -> members.set(member.getKey(), plain(member.getValue())));
            return members;
        }
        return value;
    }
}
