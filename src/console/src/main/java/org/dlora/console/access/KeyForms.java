package org.dlora.console.access;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.dlora.api.keys.KeyTimes;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.HttpSettings;
import org.dlora.api.web.RequestCaller;
import org.dlora.console.page.FormFields;
import org.dlora.console.page.PageForms;
import org.dlora.console.page.PageForms.Done;
import org.dlora.console.page.PageRenderer;
import org.dlora.operate.access.KeyCommands;
import org.dlora.security.ApiKey;
import org.dlora.security.IssuedKey;
import org.dlora.security.KeySettings;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Forms that change API keys. A new key's secret is on the page that answers its form, and nowhere
 * else: not in a session, nor in an address.
 */
@Controller
final class KeyForms {
    private final PageRenderer pages;
    private final KeysPage shown;
    private final KeyCommands commands;
    private final WorkPools pools;
    private final HttpSettings settings;

    KeyForms(
            PageRenderer pages,
            KeysPage shown,
            KeyCommands commands,
            HttpSettings settings,
            WorkPools pools) {
        this.pools = pools;
        this.pages = pages;
        this.shown = shown;
        this.commands = commands;
        this.settings = settings;
    }

    @PostMapping(AccessPaths.NEW_KEY)
    Mono<ResponseEntity<String>> make(ServerWebExchange exchange) {
        return issue(
                exchange,
                fields -> commands.issue(KeyEntry.of(fields).settings(now()), actor(exchange)),
                (fields, problem) -> {
                    var values = new HashMap<String, Object>(shown.fresh(KeyEntry.of(fields)));
                    values.put("problem", problem);
                    return pages.page(exchange, HttpStatus.BAD_REQUEST, "access-new-key", values);
                });
    }

    @PostMapping("/console/access/rotate")
    Mono<ResponseEntity<String>> rotate(ServerWebExchange exchange) {
        return issue(
                exchange,
                fields ->
                        commands.rotate(
                                fields.text("id"),
                                KeyTimes.duration("Overlap", fields.required("overlap", "Overlap")),
                                KeyEntry.end(fields.text("expires"), now()),
                                actor(exchange)),
                (fields, problem) -> {
                    var key = commands.key(fields.text("id"));
                    return pages.page(
                            exchange,
                            HttpStatus.BAD_REQUEST,
                            "access-key",
                            shown.values(key, KeyEntry.of(key), problem));
                });
    }

    private Mono<ResponseEntity<String>> issue(
            ServerWebExchange exchange,
            Function<FormFields, IssuedKey> change,
            BiFunction<FormFields, String, Mono<ResponseEntity<String>>> refused) {
        return exchange.getFormData()
                .map(FormFields::new)
                .flatMap(fields ->
                        pools.catalogue()
                                .run(() -> change.apply(fields))
                                .flatMap(issued -> made(exchange, issued))
                                .onErrorResume(e -> {
                                    var words = PageForms.words(e);
                                    return words == null
                                            ? Mono.error(e)
                                            : refused.apply(fields, words);
                                }));
    }

    private Mono<ResponseEntity<String>> made(ServerWebExchange exchange, IssuedKey issued) {
        return pages.page(
                exchange,
                HttpStatus.CREATED,
                "access-key-made",
                Map.of("key", issued.key(), "secret", issued.secret()));
    }

    @PostMapping(AccessPaths.KEY)
    Mono<ResponseEntity<String>> change(ServerWebExchange exchange) {
        return PageForms.changeNamed(
                exchange,
                "id",
                AccessPaths::key,
                (fields, id) -> {
                    var entry = KeyEntry.of(fields);
                    var _ = commands.change(id, _ -> entry.settings(now()), actor(exchange));
                    return "The key is changed.";
                });
    }

    @PostMapping("/console/access/extend")
    Mono<ResponseEntity<String>> extend(ServerWebExchange exchange) {
        return PageForms.changeNamed(
                exchange,
                "id",
                AccessPaths::key,
                (fields, id) -> {
                    var by = KeyTimes.duration("Extend by", fields.required("by", "Extend by"));
                    var key = commands.change(id, one -> extended(one, by), actor(exchange));
                    return "The key ends at %s now.".formatted(key.expires());
                });
    }

    private static KeySettings extended(KeySettings settings, Duration by) {
        var end = settings.expires();
        if (end == null) {
            throw new IllegalArgumentException("The key has no end");
        }
        return settings.withExpires(end.plus(by));
    }

    /** Revokes keys; where one cannot be, those before it are revoked. */
    @PostMapping(AccessPaths.REVOKE)
    Mono<ResponseEntity<String>> revoke(ServerWebExchange exchange) {
        return PageForms.change(
                exchange,
                AccessPaths.KEYS,
                fields -> {
                    var names =
                            fields.texts("id").stream()
                                    .map(id -> commands.revoke(id, actor(exchange)))
                                    .map(ApiKey::name)
                                    .toList();
                    return new Done(
                            AccessPaths.KEYS,
                            names.isEmpty()
                                    ? "No key was chosen."
                                    : "Revoked: %s.".formatted(String.join(", ", names)));
                });
    }

    private Instant now() {
        return settings.clock().instant();
    }

    private static String actor(ServerWebExchange exchange) {
        return RequestCaller.name(exchange.getRequest());
    }
}
