package org.dlora.console.adapters;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.dlora.api.admin.AliasBody;
import org.dlora.api.admin.ResidentBody;
import org.dlora.api.admin.VersionBody;
import org.dlora.api.openai.ApiException;
import org.dlora.api.openai.Served;
import org.dlora.api.openai.Serving;
import org.dlora.api.pools.WorkPools;
import org.dlora.cluster.adapters.CatalogueEntry;
import org.dlora.cluster.adapters.CatalogueService;
import org.dlora.cluster.manifest.DesiredAdapter;
import org.dlora.console.page.PageRenderer;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** The page of one adapter. */
@Controller
final class AdapterController {
    private final Serving serving;
    private final PageRenderer pages;
    private final AdapterPanel panel;
    private final WorkPools pools;
    private final AdapterUsage usage;

    AdapterController(
            Serving serving,
            PageRenderer pages,
            AdapterPanel panel,
            AdapterUsage usage,
            WorkPools pools) {
        this.pools = pools;
        this.serving = serving;
        this.pages = pages;
        this.panel = panel;
        this.usage = usage;
    }

    @GetMapping("/console/adapter")
    Mono<ResponseEntity<String>> adapter(
            @RequestParam(name = "name", defaultValue = "") String name,
            ServerWebExchange exchange) {
        var served = serving.require(exchange.getRequest());
        return pools.store()
                .run(() -> values(served, name))
                .flatMap(values -> pages.page(exchange, "adapter", values));
    }

    /**
     * Returns an adapter that the caller may know of.
     *
     * @throws ApiException with status 404 if there is none
     */
    static CatalogueEntry entry(Served served, String name) {
        return catalogue(served)
                .find(name)
                .filter(_ -> served.access().mayUse(name))
                .orElseThrow(() ->
                        ApiException.noSuchAdapter(
                                null,
                                "No adapter is served as '%s'. The list of adapters has those that are."
                                        .formatted(StringUtils.truncate(name))));
    }

    static CatalogueService catalogue(Served served) {
        return served.catalogue()
                .orElseThrow(() ->
                        ApiException.of(
                                HttpStatus.FORBIDDEN,
                                "This server does not show its adapters: dlora.allow-open-network is true, or there is no catalogue."));
    }

    private Map<String, @Nullable Object> values(Served served, String name) {
        var entry = entry(served, name);
        var values = panel.values(served, name);
        var now = values.get("now");
        var managed = served.manifest().map(manifest -> manifest.members(name)).orElse(Set.of());
        values.put("name", name);
        values.put("subject", AdapterAddress.subject(name));
        values.put("managed", managed);
        var versions = VersionBody.all(entry, served);
        values.put("versions", versions.reversed());
        values.put(
                "noWarnings",
                versions.stream()
                        .filter(version -> !version.state().equals("retired"))
                        .allMatch(version -> version.warnings().isEmpty()));
        values.put(
                "aliases",
                AliasBody.all(entry, served).stream()
                        .map(alias ->
                                AliasView.of(
                                        alias,
                                        entry,
                                        managed.contains(DesiredAdapter.route(alias.alias()))))
                        .toList());
        values.put("newAlias", AliasView.none(entry));
        values.put("gate", GateView.of(entry.record().gate().gate().orElse(null)));
        values.put("parameters", parameters(now));
        values.put(
                "replicas",
                served.replicas().map(known -> known.conditions().keySet()).orElse(Set.of()));
        values.putAll(usage.values(name));
        return values;
    }

    /** Returns the default parameters by name, with an empty text for those that say nothing. */
    private static Map<String, String> parameters(@Nullable Object now) {
        var all = new LinkedHashMap<String, String>();
        AdapterForms.PARAMETERS.forEach(name -> all.put(name, ""));
        if (now instanceof ResidentBody body) {
            body.catalogued()
                    .parameters()
                    .forEach((name, value) -> all.put(name, String.valueOf(value)));
        }
        return all;
    }
}
