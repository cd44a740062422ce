package org.dlora.console.firstrun;

import java.util.HashMap;
import org.dlora.api.web.RequestCaller;
import org.dlora.console.page.PageForms;
import org.dlora.console.page.PageForms.Done;
import org.dlora.console.page.PageRenderer;
import org.dlora.operate.Administration;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Page of first steps, with the button of the demo traffic. */
@Controller
final class FirstRunController {
    private static final String PATH = "/console/first-run";

    private final PageRenderer pages;
    private final Administration administration;
    private final DemoTraffic traffic;

    FirstRunController(PageRenderer pages, Administration administration, DemoTraffic traffic) {
        this.pages = pages;
        this.administration = administration;
        this.traffic = traffic;
    }

    @GetMapping(PATH)
    Mono<ResponseEntity<String>> page(ServerWebExchange exchange) {
        var adapters =
                administration.visible(RequestCaller.access(exchange.getRequest())).stream()
                        .map(adapter -> adapter.name())
                        .toList();
        var base = administration.models().servedName();
        var values = new HashMap<String, @Nullable Object>();
        values.put("base", base);
        values.put("adapterCount", adapters.size());
        values.put("replicaCount", administration.generation().conditions().size());
        values.put("model", adapters.isEmpty() ? base : adapters.getFirst());
        values.put(
                "curl",
                ExampleCall.curl(
                        exchange.getRequest().getURI(),
                        adapters.isEmpty() ? base : adapters.getFirst(),
                        administration.models().base().chat().isPresent()));
        values.put("isClosed", !administration.isOpen());
        values.put("canSend", adapters.size() > 1 && administration.isOpen());
        values.put("mostSeconds", DemoPlan.LENGTH.toSeconds());
        values.put("mostRequests", DemoPlan.MOST_REQUESTS);
        values.put("demo", traffic.status().orElse(null));
        return pages.page(exchange, "first-run", values);
    }

    @PostMapping(PATH + "/demo")
    Mono<ResponseEntity<String>> start(ServerWebExchange exchange) {
        return PageForms.change(
                exchange,
                PATH,
                _ -> {
                    var call = exchange.getRequest();
                    var plan = traffic.start(RequestCaller.of(call));
                    return new Done(
                            PATH + "#demo",
                            "Demo traffic has begun, mostly for the adapter %s. Watch it on the overview."
                                    .formatted(plan.hot()));
                });
    }

    @PostMapping(PATH + "/stop")
    Mono<ResponseEntity<String>> stop(ServerWebExchange exchange) {
        return PageForms.change(
                exchange,
                PATH,
                _ ->
                        new Done(
                                PATH + "#demo",
                                traffic.stop(RequestCaller.name(exchange.getRequest()))
                                        .map(DemoStatus::words)
                                        .orElse("No demo traffic runs.")));
    }
}
