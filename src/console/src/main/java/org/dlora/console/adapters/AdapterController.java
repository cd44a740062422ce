package org.dlora.console.adapters;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.dlora.api.admin.adapters.AdapterBodies;
import org.dlora.api.admin.adapters.ResidentBody;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.RequestCaller;
import org.dlora.catalogue.manifest.DesiredAdapter;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.console.page.PageRenderer;
import org.dlora.operate.Administration;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
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
    private final Administration administration;
    private final PageRenderer pages;
    private final AdapterPanel panel;
    private final WorkPools pools;
    private final AdapterBodies bodies;
    private final AdapterUsage usage;

    AdapterController(
            Administration administration,
            PageRenderer pages,
            AdapterPanel panel,
            AdapterBodies bodies,
            AdapterUsage usage,
            WorkPools pools) {
        this.pools = pools;
        this.administration = administration;
        this.pages = pages;
        this.panel = panel;
        this.bodies = bodies;
        this.usage = usage;
    }

    @GetMapping("/console/adapter")
    Mono<ResponseEntity<String>> adapter(
            @RequestParam(name = "name", defaultValue = "") String name,
            ServerWebExchange exchange) {
        var access = RequestCaller.access(exchange.getRequest());
        return pools.store()
                .run(() -> values(name, access))
                .flatMap(values -> pages.page(exchange, "adapter", values));
    }

    /**
     * Returns an adapter that the caller may know of.
     *
     * @throws ApiException with status 404 if there is none
     */
    static CatalogueEntry entry(Administration administration, Access access, String name) {
        return administration
                .catalogue()
                .find(name)
                .filter(_ -> access.mayUse(name))
                .orElseThrow(() ->
                        ApiException.noSuchAdapter(
                                null,
                                "No adapter is served as '%s'. The list of adapters has those that are."
                                        .formatted(StringUtils.truncate(name))));
    }

    private Map<String, @Nullable Object> values(String name, Access access) {
        var entry = entry(administration, access, name);
        var values = panel.values(access, name);
        var now = values.get("now");
        var managed =
                administration.manifest().map(manifest -> manifest.members(name)).orElse(Set.of());
        values.put("name", name);
        values.put("subject", AdapterAddress.subject(name));
        values.put("managed", managed);
        var versions = bodies.versions(entry, access);
        values.put("versions", versions.reversed());
        values.put(
                "noWarnings",
                versions.stream()
                        .filter(version -> !version.state().equals("retired"))
                        .allMatch(version -> version.warnings().isEmpty()));
        values.put(
                "aliases",
                bodies.aliases(entry, access).stream()
                        .map(alias ->
                                AliasView.of(
                                        alias,
                                        entry,
                                        managed.contains(DesiredAdapter.route(alias.alias()))))
                        .toList());
        values.put("newAlias", AliasView.none(entry));
        values.put("gate", GateView.of(entry.record().gate().gate().orElse(null)));
        values.put("parameters", parameters(now));
        values.put("replicas", administration.replicas().conditions().keySet());
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
