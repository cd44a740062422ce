package org.dlora.api.openai.responses;

import java.util.function.Supplier;
import org.dlora.api.openai.call.BodyReader;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.api.openai.chat.ChatRun;
import org.dlora.api.openai.chat.ChatRuns;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.HttpSettings;
import org.dlora.api.web.Json;
import org.dlora.security.Access;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

@RestController
final class ResponsesController {
    private static final String PREFIX = "resp_";

    private final BodyReader bodyReader;
    private final WorkPools pools;
    private final ChatRuns chats;
    private final ResponseStore store;
    private final HttpSettings settings;

    ResponsesController(
            BodyReader bodyReader,
            WorkPools pools,
            ChatRuns chats,
            ResponseStore store,
            HttpSettings settings) {
        this.pools = pools;
        this.bodyReader = bodyReader;
        this.chats = chats;
        this.store = store;
        this.settings = settings;
    }

    /**
     * A response that is not kept any more.
     *
     * @param object {@code response}
     */
    record DeletedResponse(String id, String object, boolean deleted) {}

    private record Prepared(ResponseRequest request, ChatRun run) {}

    @PostMapping(path = "/v1/responses", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<Void> create(
            @RequestBody(required = false) Mono<byte[]> body, ServerWebExchange exchange) {
        return chats.limited(
                exchange,
                bodyReader
                        .readCall(body, (json, served) -> prepared(json, served, exchange))
                        .flatMap(prepared -> {
                            var run = prepared.run;
                            var writer =
                                    new ResponseWriter(
                                            prepared.request, run, store, settings.clock());
                            return prepared.request.echo().stream()
                                    ? run.stream(writer)
                                    : run.answer(writer::whole);
                        }));
    }

    private Prepared prepared(ObjectNode json, ServedModel served, ServerWebExchange exchange) {
        var request = ResponseRequest.read(json, served, owner(exchange), store);
        var run = chats.prepare(PREFIX, request.chat(), ResponseRequest.NAMES, served, exchange);
        return new Prepared(request, run);
    }

    @GetMapping("/v1/responses/{id}")
    Mono<ResponseEntity<byte[]>> retrieve(@PathVariable String id, ServerWebExchange exchange) {
        return answer(() -> {
            var stream = exchange.getRequest().getQueryParams().getFirst("stream");
            if (stream != null && !stream.equals("false")) {
                throw ApiException.unsupported(
                        "stream", "a response that is kept is answered whole");
            }
            return find(id, exchange).response();
        });
    }

    @GetMapping("/v1/responses/{id}/input_items")
    Mono<ResponseEntity<byte[]>> inputItems(@PathVariable String id, ServerWebExchange exchange) {
        return answer(() -> {
            var items = find(id, exchange).inputItems();
            return Json.bytes(ItemPage.of(items, exchange.getRequest().getQueryParams()));
        });
    }

    @DeleteMapping("/v1/responses/{id}")
    Mono<ResponseEntity<byte[]>> delete(@PathVariable String id, ServerWebExchange exchange) {
        return answer(() -> {
            if (!store.remove(id, owner(exchange))) {
                throw notFound(id);
            }
            return Json.bytes(new DeletedResponse(id, "response", true));
        });
    }

    private StoredResponse find(String id, ServerWebExchange exchange) {
        return store.find(id, owner(exchange)).orElseThrow(() -> notFound(id));
    }

    private static ApiException notFound(String id) {
        return ApiException.of(
                HttpStatus.NOT_FOUND, "Response with id '" + id + "' not found.", null, null);
    }

    private static ResponseOwner owner(ServerWebExchange exchange) {
        return ResponseOwner.of(Access.of(exchange.getAttribute(Access.NAME)));
    }

    private Mono<ResponseEntity<byte[]>> answer(Supplier<byte[]> json) {
        return pools.bodies()
                .run(json::get)
                .map(bytes ->
                        ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(bytes));
    }
}
