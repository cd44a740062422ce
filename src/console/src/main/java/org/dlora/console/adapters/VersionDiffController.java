package org.dlora.console.adapters;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.api.admin.VersionBody;
import org.dlora.api.openai.ApiException;
import org.dlora.api.openai.Served;
import org.dlora.api.openai.Serving;
import org.dlora.api.pools.WorkPools;
import org.dlora.console.page.PageRenderer;
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
    private final Serving serving;
    private final WorkPools pools;
    private final PageRenderer pages;

    VersionDiffController(Serving serving, PageRenderer pages, WorkPools pools) {
        this.pools = pools;
        this.serving = serving;
        this.pages = pages;
    }

    @GetMapping("/console/adapter/diff")
    Mono<ResponseEntity<String>> diff(
            @RequestParam(name = "name", defaultValue = "") String name,
            @RequestParam(name = "one", defaultValue = "0") int one,
            @RequestParam(name = "other", defaultValue = "0") int other,
            ServerWebExchange exchange) {
        var served = serving.require(exchange.getRequest());
        return pools.catalogue()
                .run(() -> values(served, name, one, other))
                .flatMap(values -> pages.page(exchange, "adapter-diff", values));
    }

    private static Map<String, @Nullable Object> values(
            Served served, String name, int one, int other) {
        var entry = AdapterController.entry(served, name);
        var versions = VersionBody.all(entry, served);
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
