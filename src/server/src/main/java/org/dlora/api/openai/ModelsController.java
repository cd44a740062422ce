package org.dlora.api.openai;

import java.util.List;
import java.util.stream.Stream;
import org.dlora.api.openai.answer.Replies;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.api.openai.call.Serving;
import org.dlora.api.openai.chat.AnswerSettings;
import org.dlora.api.web.RequestCaller;
import org.dlora.catalogue.served.Target;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Endpoints that list the base model and its adapters. */
@RestController
final class ModelsController {
    private final Serving serving;
    private final AnswerSettings settings;

    ModelsController(Serving serving, ObjectProvider<AnswerSettings> settings) {
        this.serving = serving;
        this.settings = settings.getIfAvailable(() -> AnswerSettings.AUTO);
    }

    /**
     * A model in the list: OpenAI's members, then vLLM's.
     *
     * @param root folder that it was loaded from; the name of an adapter that the call may not
     *     change
     * @param parent an adapter's base model; null for the base itself
     * @param maxModelLen tokens of prompt and answer together
     * @param toolParser format of tool calls in chats; null if none is known
     * @param reasoningParser format of reasoning in chats; null if there is none
     */
    record Card(
            String id,
            String object,
            long created,
            String ownedBy,
            String root,
            @Nullable String parent,
            int maxModelLen,
            @Nullable String toolParser,
            @Nullable String reasoningParser) {

        static Card of(ServedModel served, Access access, Target target, AnswerSettings settings) {
            var models = served.models();
            var chat =
                    switch (target) {
                        case Target.Base _ -> served.chat();
                        case Target.Adapted adapted ->
                                adapted.served().source().format().chat().or(served::chat);
                    };
            return new Card(
                    target.name(),
                    "model",
                    switch (target) {
                        case Target.Base _ -> models.created().getEpochSecond();
                        case Target.Adapted adapted -> adapted.served().created().getEpochSecond();
                    },
                    "dlora",
                    switch (target) {
                        case Target.Base _ -> models.base().folder().toString();
                        case Target.Adapted adapted when access.mayInspect(adapted.name()) ->
                                adapted.served().folder().toString();
                        case Target.Adapted adapted -> adapted.name();
                    },
                    target.adapter().isBase() ? null : models.servedName(),
                    models.maxModelLength(),
                    settings.toolLabel(chat),
                    settings.reasoningLabel(chat));
        }
    }

    record Cards(String object, List<Card> data) {}

    @GetMapping("/v1/models")
    Mono<Void> list(ServerHttpRequest call, ServerHttpResponse response) {
        var served = serving.require();
        var access = RequestCaller.access(call);
        var adapters = served.visible(access).stream().map(Target.Adapted::new);
        var all = Stream.concat(Stream.of(new Target.Base(served.name())), adapters);
        var cards = all.map(target -> Card.of(served, access, target, settings)).toList();
        return Replies.json(response, new Cards("list", cards));
    }

    // Names may have slashes.
    @GetMapping("/v1/models/{*id}")
    Mono<Void> one(@PathVariable String id, ServerHttpRequest call, ServerHttpResponse response) {
        var served = serving.require();
        var access = RequestCaller.access(call);
        return Replies.json(
                response, Card.of(served, access, served.find(id.substring(1), access), settings));
    }
}
