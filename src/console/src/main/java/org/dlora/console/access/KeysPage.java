package org.dlora.console.access;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.api.web.HttpSettings;
import org.dlora.console.page.PageRenderer;
import org.dlora.operate.access.KeyCommands;
import org.dlora.security.ApiKey;
import org.dlora.security.KeyRing;
import org.dlora.security.KeyService;
import org.dlora.security.limits.Limiter;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Pages that show API keys: all of them, one, and what a revocation ends. */
@Controller
final class KeysPage {
    private static final String ALL = "all";

    private final PageRenderer pages;
    private final KeyRing ring;
    private final KeyService keys;
    private final KeyCommands commands;
    private final Limiter limiter;
    private final HttpSettings settings;

    KeysPage(
            PageRenderer pages,
            KeyRing ring,
            KeyService keys,
            KeyCommands commands,
            Limiter limiter,
            HttpSettings settings) {
        this.pages = pages;
        this.ring = ring;
        this.keys = keys;
        this.commands = commands;
        this.limiter = limiter;
        this.settings = settings;
    }

    /**
     * @param state active, ended or all
     */
    @GetMapping(AccessPaths.KEYS)
    Mono<ResponseEntity<String>> list(
            @RequestParam(name = "q", defaultValue = "") String text,
            @RequestParam(name = "state", defaultValue = "active") String state,
            @RequestParam(name = "team", defaultValue = "") String team,
            @RequestParam(name = "from", defaultValue = "0") int from,
            ServerWebExchange exchange) {
        var found =
                keys.keys().stream()
                        .map(this::item)
                        .filter(one ->
                                state.equals(ALL) || one.isActive() == state.equals("active"))
                        .filter(one -> team.isEmpty() || team.equals(one.key().team()))
                        .filter(one -> text.isBlank() || one.has(text.strip()))
                        .toList();
        return pages.page(
                exchange,
                "access-keys",
                Map.of(
                        "list",
                        ListPart.of(found, from),
                        "q",
                        text,
                        "state",
                        state,
                        "team",
                        team,
                        "teams",
                        keys.teams(),
                        "isOpen",
                        keys.keys().isEmpty(),
                        "isFiltered",
                        !text.isBlank() || !team.isEmpty()));
    }

    @GetMapping(AccessPaths.KEY)
    Mono<ResponseEntity<String>> one(@RequestParam("id") String id, ServerWebExchange exchange) {
        var key = commands.key(id);
        return pages.page(exchange, "access-key", values(key, KeyEntry.of(key), null));
    }

    /**
     * Returns the model of the page of one key.
     *
     * @param problem why its form was refused; null if it was not
     */
    Map<String, Object> values(ApiKey key, KeyEntry entry, @Nullable String problem) {
        var values = new HashMap<String, Object>();
        values.put("item", item(key));
        values.put("entry", entry);
        values.put("teams", keys.teams());
        if (problem != null) {
            values.put("problem", problem);
        }
        return values;
    }

    /**
     * @param team that the key is for; empty for none
     */
    @GetMapping(AccessPaths.NEW_KEY)
    Mono<ResponseEntity<String>> fresh(
            @RequestParam(name = "team", defaultValue = "") String team,
            ServerWebExchange exchange) {
        var entry = (ring.isOpen() ? KeyEntry.FIRST : KeyEntry.NEW).withTeam(team);
        return pages.page(exchange, "access-new-key", fresh(entry));
    }

    /** Returns the model of the page of a new key. */
    Map<String, Object> fresh(KeyEntry entry) {
        return Map.of("entry", entry, "teams", keys.teams(), "isFirst", ring.isOpen());
    }

    /** Says what the revocation of keys ends. */
    @GetMapping(AccessPaths.REVOKE)
    Mono<ResponseEntity<String>> revoke(
            @RequestParam(name = "id", defaultValue = "") List<String> ids,
            ServerWebExchange exchange) {
        var items =
                ids.stream()
                        .filter(id -> !id.isEmpty())
                        .distinct()
                        .map(commands::key)
                        .map(this::item)
                        .filter(KeyItem::isActive)
                        .toList();
        return pages.page(
                exchange,
                "access-revoke",
                Map.of(
                        "items",
                        items,
                        "running",
                        items.stream().mapToLong(one -> one.usage().running()).sum()));
    }

    private KeyItem item(ApiKey key) {
        return KeyItem.of(key, limiter.usage(key.limited()), settings.clock().instant());
    }
}
