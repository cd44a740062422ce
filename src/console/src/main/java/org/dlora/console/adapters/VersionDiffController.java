package org.dlora.console.adapters;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.api.admin.adapters.AdapterBodies;
import org.dlora.api.admin.adapters.VersionBody;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.RequestCaller;
import org.dlora.console.page.PageRenderer;
import org.dlora.operate.Administration;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** The page that compares two versions of an adapter. */
@Controller
final class VersionDiffController {
    private final Administration administration;
    private final WorkPools pools;
    private final AdapterBodies bodies;
    private final PageRenderer pages;

    VersionDiffController(
            Administration administration,
            AdapterBodies bodies,
            PageRenderer pages,
            WorkPools pools) {
        this.pools = pools;
        this.administration = administration;
        this.bodies = bodies;
        this.pages = pages;
    }

    @GetMapping("/console/adapter/diff")
    Mono<ResponseEntity<String>> diff(
            @RequestParam(name = "name", defaultValue = "") String name,
            @RequestParam(name = "one", defaultValue = "0") int one,
            @RequestParam(name = "other", defaultValue = "0") int other,
            ServerWebExchange exchange) {
        var access = RequestCaller.access(exchange.getRequest());
        return pools.catalogue()
                .run(() -> values(access, name, one, other))
                .flatMap(values -> pages.page(exchange, "adapter-diff", values));
    }

    private Map<String, @Nullable Object> values(Access access, String name, int one, int other) {
        var entry = AdapterController.entry(administration, access, name);
        var versions = bodies.versions(entry, access);
        var left = find(versions, name, one);
        var right = find(versions, name, other);
        var values = new HashMap<String, @Nullable Object>();
        values.put("name", name);
        values.put("one", left);
        values.put("other", right);
        values.put("versions", versions.reversed());
        values.put("facts", VersionDiff.facts(left, right));
        values.put(
                "answers",
                VersionDiff.answers(
                        GateView.of(entry.record().gate().gate().orElse(null)), left, right));
        return values;
    }

    private static VersionBody find(List<VersionBody> versions, String name, int number) {
        return versions.stream()
                .filter(version -> version.number() == number)
                .findFirst()
                .orElseThrow(() ->
                        ApiException.of(
                                HttpStatus.NOT_FOUND,
                                "Adapter '%s' has no version %d.".formatted(name, number)));
    }
}
