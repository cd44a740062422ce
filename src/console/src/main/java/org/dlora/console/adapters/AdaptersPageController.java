package org.dlora.console.adapters;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.RequestCaller;
import org.dlora.console.page.FormFields;
import org.dlora.console.page.PageForms;
import org.dlora.console.page.PageForms.Done;
import org.dlora.console.page.PageRenderer;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.dlora.operate.adapters.AdapterCommands;
import org.dlora.operate.adapters.ResidencyCommands;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** The list of the adapters, and actions on several of them. */
@Controller
final class AdaptersPageController {
    private static final String LIST = "/console/adapters";

    private final Administration administration;
    private final PageRenderer pages;
    private final AdapterListing rows;
    private final AdaptersPanel panel;
    private final ResidencyCommands residency;
    private final AdapterCommands commands;
    private final InstantSource clock;
    private final WorkPools pools;

    AdaptersPageController(
            Administration administration,
            PageRenderer pages,
            AdapterListing rows,
            AdaptersPanel panel,
            ResidencyCommands residency,
            AdapterCommands commands,
            InstantSource clock,
            WorkPools pools) {
        this.pools = pools;
        this.administration = administration;
        this.pages = pages;
        this.rows = rows;
        this.panel = panel;
        this.residency = residency;
        this.commands = commands;
        this.clock = clock;
    }

    @GetMapping(LIST)
    Mono<ResponseEntity<String>> list(
            @RequestParam MultiValueMap<String, String> query, ServerWebExchange exchange) {
        var access = RequestCaller.access(exchange.getRequest());
        return pools.catalogue()
                .run(() -> values(access, AdapterFilter.of(query)))
                .flatMap(values -> pages.page(exchange, "adapters", values));
    }

    private Map<String, @Nullable Object> values(Access access, AdapterFilter filter) {
        var readAt = clock.instant();
        var all = rows.all(access);
        var filtered = filter.filtered(all);
        var values = panel.values(access);
        values.put("readAt", readAt);
        values.put("filter", filter);
        values.put("rows", filter.onPage(filtered));
        values.put("found", filtered.size());
        values.put("all", all.size());
        values.put("pageCount", (filtered.size() + AdapterFilter.PAGE - 1) / AdapterFilter.PAGE);
        values.put("tags", distinct(all, row -> row.tags().stream()));
        values.put("owners", distinct(all, row -> Stream.of(row.owner())));
        values.put("teams", distinct(all, row -> row.teams().stream()));
        values.put("base", administration.models().servedName());
        return values;
    }

    private static List<String> distinct(
            List<ListedAdapter> rows, Function<ListedAdapter, Stream<String>> values) {
        return rows.stream()
                .flatMap(values)
                .filter(value -> !value.isEmpty())
                .distinct()
                .sorted()
                .toList();
    }

    /** Says what an action on one adapter will do. */
    @GetMapping(LIST + "/confirm")
    Mono<ResponseEntity<String>> confirm(
            @RequestParam(name = "name", defaultValue = "") String name,
            @RequestParam(name = "action", defaultValue = "") String action,
            ServerWebExchange exchange) {
        return confirm(exchange, List.of(name), action);
    }

    /** Says what an action on the adapters of a form will do. Changes nothing. */
    @PostMapping(LIST + "/confirm")
    Mono<ResponseEntity<String>> confirmAll(ServerWebExchange exchange) {
        return exchange.getFormData()
                .map(FormFields::new)
                .flatMap(fields ->
                        fields.texts("name").isEmpty()
                                ? PageForms.change(
                                        exchange,
                                        LIST,
                                        _ -> {
                                            throw ApiException.invalid(
                                                    "name",
                                                    "No adapter is chosen. Check the boxes of those that are meant.");
                                        })
                                : confirm(exchange, fields.texts("name"), fields.text("action")));
    }

    private Mono<ResponseEntity<String>> confirm(
            ServerWebExchange exchange, List<String> names, String action) {
        var access = RequestCaller.access(exchange.getRequest());
        var wanted = AdapterAction.named(action);
        return pools.catalogue()
                .run(() -> rows.all(access, names))
                .flatMap(chosen -> {
                    if (chosen.isEmpty()) {
                        return Mono.error(
                                ApiException.noSuchAdapter(
                                        null, "No adapter of that name is served any more."));
                    }
                    return pages.page(
                            exchange,
                            "adapters-confirm",
                            Map.of(
                                    "action",
                                    wanted,
                                    "rows",
                                    chosen,
                                    "running",
                                    chosen.stream().mapToInt(ListedAdapter::running).sum(),
                                    "waiting",
                                    chosen.stream().mapToInt(ListedAdapter::waiting).sum()));
                });
    }

    /** Does an action to the adapters of a form. */
    @PostMapping(LIST + "/actions")
    Mono<ResponseEntity<String>> act(ServerWebExchange exchange) {
        var caller = RequestCaller.of(exchange.getRequest());
        return PageForms.change(
                exchange,
                LIST,
                fields -> {
                    var action = AdapterAction.named(fields.text("action"));
                    boolean isForced = fields.isChecked("force");
                    return done(
                            action,
                            fields.texts("name"),
                            name -> change(caller, name, action, isForced));
                });
    }

    private void change(Caller caller, String name, AdapterAction action, boolean isForced) {
        // Not awaited: its requests may take long.
        var _ =
                action.residency()
                        .map(command -> residency.change(caller, name, command))
                        .orElseGet(() -> commands.delete(caller, name, isForced));
    }

    /** Does something to each adapter, and says to which it was done. */
    private static Done done(AdapterAction action, List<String> names, Consumer<String> change) {
        var done = new ArrayList<String>();
        var refused = new ArrayList<String>();
        for (var name : names) {
            try {
                change.accept(name);
                done.add(name);
            } catch (RuntimeException e) {
                var words = PageForms.words(e);
                if (words == null) {
                    throw e;
                }
                refused.add(name + ": " + words);
            }
        }
        if (done.isEmpty()) {
            throw ApiException.invalid(
                    null,
                    refused.isEmpty() ? "No adapter was chosen." : String.join("\n", refused));
        }
        return new Done(
                LIST,
                "%s: %s.".formatted(action.past(), String.join(", ", done)),
                refused.isEmpty() ? null : "Not done: " + String.join("\n", refused));
    }
}
