package org.dlora.api.keys;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.dlora.api.openai.call.BodyReader;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.Fields;
import org.dlora.api.web.HttpSettings;
import org.dlora.api.web.Precondition;
import org.dlora.api.web.RequestCaller;
import org.dlora.operate.access.KeyCommands;
import org.dlora.security.ApiKey;
import org.dlora.security.IssuedKey;
import org.dlora.security.KeyService;
import org.dlora.security.limits.Limiter;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Endpoints of API keys. A key is shown once, in the answer to the call that makes it. */
@RestController
final class KeysController {
    /** Time that both keys are in force after a rotation that names none. */
    private static final Duration OVERLAP = Duration.ofHours(24);

    private final KeyService keys;
    private final KeyCommands commands;
    private final Limiter limiter;
    private final WorkPools pools;
    private final BodyReader bodyReader;
    private final HttpSettings settings;

    KeysController(
            KeyService keys,
            KeyCommands commands,
            Limiter limiter,
            WorkPools pools,
            BodyReader bodyReader,
            HttpSettings settings) {
        this.keys = keys;
        this.commands = commands;
        this.limiter = limiter;
        this.pools = pools;
        this.bodyReader = bodyReader;
        this.settings = settings;
    }

    /**
     * Keys, the newest first; those that have ended stay a while.
     *
     * @param next {@code after} of the next page, null if this is the last
     */
    record Keys(List<KeyBody> keys, @Nullable String next) {}

    @GetMapping("/admin/keys")
    Mono<Keys> list(@RequestParam MultiValueMap<String, String> query) {
        var now = settings.clock().instant();
        var page = ListPage.of(query, keys.keys(), ApiKey::id);
        return Mono.just(new Keys(page.bodies(key -> body(key, null, now)), page.next()));
    }

    @GetMapping("/admin/keys/{id}")
    Mono<KeyBody> one(@PathVariable String id, ServerHttpResponse answer) {
        return Mono.just(tagged(commands.key(id), answer));
    }

    @PostMapping(path = "/admin/keys", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<ResponseEntity<KeyBody>> create(
            @RequestBody(required = false) Mono<byte[]> body, ServerHttpRequest call) {
        return bodyReader.read(
                body,
                (json, _) -> {
                    var order = OrderReader.key(json, settings.clock().instant());
                    return created(commands.issue(order, RequestCaller.name(call)));
                });
    }

    /** Makes a key in place of another, which stays in force for {@code overlap} (24h). */
    @PostMapping("/admin/keys/{id}/rotate")
    Mono<ResponseEntity<KeyBody>> rotate(
            @PathVariable String id,
            @RequestBody(required = false) Mono<byte[]> body,
            ServerHttpRequest call) {
        var condition = Precondition.of(call);
        return bodyReader.readIfGiven(
                body,
                (json, _) -> {
                    var fields = Fields.of(json);
                    var overlap = OrderReader.duration(fields, "overlap", OVERLAP);
                    var end = OrderReader.end(fields, settings.clock().instant());
                    fields.end();
                    return created(
                            condition.call(
                                    AccessTags::of,
                                    () ->
                                            commands.rotate(
                                                    id,
                                                    overlap,
                                                    end.orElse(null),
                                                    RequestCaller.name(call))));
                });
    }

    private ResponseEntity<KeyBody> created(IssuedKey issued) {
        return ResponseEntity.status(HttpStatus.CREATED)
                .body(body(issued.key(), issued.secret(), settings.clock().instant()));
    }

    @PutMapping(path = "/admin/keys/{id}", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<KeyBody> change(
            @PathVariable String id,
            @RequestBody(required = false) Mono<byte[]> body,
            ServerHttpRequest call,
            ServerHttpResponse answer) {
        var condition = Precondition.of(call);
        return bodyReader.read(
                body,
                (json, _) -> {
                    var change = OrderReader.keyChange(json, settings.clock().instant());
                    return tagged(
                            condition.call(
                                    AccessTags::of,
                                    () -> commands.change(id, change, RequestCaller.name(call))),
                            answer);
                });
    }

    /** Revokes a key for good. */
    @DeleteMapping("/admin/keys/{id}")
    Mono<KeyBody> revoke(
            @PathVariable String id, ServerHttpRequest call, ServerHttpResponse answer) {
        var condition = Precondition.of(call);
        return pools.catalogue()
                .run(() ->
                        tagged(
                                condition.call(
                                        AccessTags::of,
                                        () -> commands.revoke(id, RequestCaller.name(call))),
                                answer));
    }

    private KeyBody tagged(ApiKey key, ServerHttpResponse answer) {
        AccessTags.of(key).ifPresent(tag -> tag.on(answer));
        return body(key, null, settings.clock().instant());
    }

    private KeyBody body(ApiKey key, @Nullable String secret, Instant now) {
        return KeyBody.of(key, secret, KeyUsageBody.of(limiter.usage(key.limited())), now);
    }
}
