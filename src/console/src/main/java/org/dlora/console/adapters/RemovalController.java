package org.dlora.console.adapters;

import java.util.Map;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.RequestCaller;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.console.page.PageRenderer;
import org.dlora.operate.Administration;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** The page that says what the removal of a part of an adapter will do. */
@Controller
final class RemovalController {
    private final Administration administration;
    private final WorkPools pools;
    private final PageRenderer pages;

    RemovalController(Administration administration, PageRenderer pages, WorkPools pools) {
        this.pools = pools;
        this.administration = administration;
        this.pages = pages;
    }

    /**
     * A removal to be confirmed.
     *
     * @param action address of its form
     * @param field name of the form's field
     * @param effect effects of the removal, in sentences
     */
    record Removal(
            String heading,
            String effect,
            String button,
            String action,
            String field,
            String value) {}

    /**
     * @param part {@code version}, {@code alias} or {@code gate}
     * @param item number of the version, or the alias
     */
    @GetMapping("/console/adapter/remove")
    Mono<ResponseEntity<String>> remove(
            @RequestParam(name = "name", defaultValue = "") String name,
            @RequestParam(name = "part", defaultValue = "") String part,
            @RequestParam(name = "item", defaultValue = "") String item,
            ServerWebExchange exchange) {
        var access = RequestCaller.access(exchange.getRequest());
        return pools.catalogue()
                .run(() ->
                        removal(AdapterController.entry(administration, access, name), part, item))
                .flatMap(removal ->
                        pages.page(
                                exchange,
                                "adapter-remove",
                                Map.of("name", name, "removal", removal)));
    }

    private Removal removal(CatalogueEntry entry, String part, String item) {
        return switch (part) {
            case "version" -> version(entry, item);
            case "alias" -> alias(entry, item);
            case "gate" ->
                    entry.record()
                            .gate()
                            .gate()
                            .map(gate ->
                                    new Removal(
                                            "Remove the gate of %s?".formatted(entry.name()),
                                            "Its %d prompts are forgotten. New versions get requests without passing anything."
                                                    .formatted(gate.prompts().size()),
                                            "Remove the gate",
                                            "/console/adapter/gate/remove",
                                            "gate",
                                            gate.hash()))
                            .orElseThrow(() -> none("no gate", entry));
            default ->
                    throw ApiException.invalid(
                            "part",
                            "A part that can be removed is a version, an alias or the gate.");
        };
    }

    private Removal version(CatalogueEntry entry, String item) {
        var adapter =
                entry.served().entrySet().stream()
                        .filter(one -> String.valueOf(one.getKey()).equals(item))
                        .map(Map.Entry::getValue)
                        .findFirst()
                        .orElseThrow(
                                () -> none("no version %s that is served".formatted(item), entry));
        return new Removal(
                "Retire version %s of %s?".formatted(item, entry.name()),
                "Requests for %s@%s get 404 from now on; %d that run or wait go on to their end. Its number is never given again, but the same files added again become that version again. Files of an upload or a download are removed."
                        .formatted(entry.name(), item, unfinished(adapter)),
                "Retire version " + item,
                "/console/adapter/version/retire",
                "version",
                item);
    }

    /** Returns the requests with a registration that run or wait for a load. */
    private int unfinished(ServedAdapter adapter) {
        return administration.residency().report(adapter.name()).stream()
                .flatMap(report -> report.memories().stream())
                .flatMap(at -> at.weights().stream())
                .filter(weights -> weights.id().equals(adapter.id()))
                .mapToInt(weights -> weights.running() + weights.waiting())
                .sum();
    }

    private static Removal alias(CatalogueEntry entry, String item) {
        var alias =
                entry.record()
                        .alias(item)
                        .filter(_ -> !item.isEmpty())
                        .orElseThrow(() -> none("no alias '%s'".formatted(item), entry));
        return new Removal(
                "Remove the alias %s of %s?".formatted(item, entry.name()),
                "Requests for %s@%s, which get %s, get 404 from now on; those that run go on. The versions stay, the alias's earlier routes are forgotten."
                        .formatted(entry.name(), item, Routes.words(alias.route().weights())),
                "Remove @" + item,
                "/console/adapter/alias/remove",
                "alias",
                item);
    }

    private static ApiException none(String what, CatalogueEntry entry) {
        return ApiException.of(
                HttpStatus.NOT_FOUND, "Adapter '%s' has %s.".formatted(entry.name(), what));
    }
}
