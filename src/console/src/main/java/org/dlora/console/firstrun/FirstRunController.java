package org.dlora.console.firstrun;

import java.util.HashMap;
import org.dlora.api.openai.Caller;
import org.dlora.api.openai.Serving;
import org.dlora.console.page.PageForms;
import org.dlora.console.page.PageForms.Done;
import org.dlora.console.page.PageRenderer;
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
    private final Serving serving;
    private final DemoTraffic traffic;

    FirstRunController(PageRenderer pages, Serving serving, DemoTraffic traffic) {
        this.pages = pages;
        this.serving = serving;
        this.traffic = traffic;
    }

    @GetMapping(PATH)
    Mono<ResponseEntity<String>> page(ServerWebExchange exchange) {
        var served = serving.require(exchange.getRequest());
        var adapters = served.visible().stream().map(adapter -> adapter.name()).toList();
        var base = served.models().servedName();
        var values = new HashMap<String, @Nullable Object>();
        values.put("base", base);
        values.put("adapterCount", adapters.size());
        values.put("replicaCount", served.generation().conditions().size());
        values.put("model", adapters.isEmpty() ? base : adapters.getFirst());
        values.put(
                "curl",
                ExampleCall.curl(
                        exchange.getRequest().getURI(),
                        adapters.isEmpty() ? base : adapters.getFirst(),
                        served.models().base().chat().isPresent()));
        values.put("isClosed", served.scheduling().isEmpty());
        values.put("canSend", adapters.size() > 1 && served.scheduling().isPresent());
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
                    var plan = traffic.start(serving.require(call), Caller.of(call));
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
                                traffic.stop(Caller.of(exchange.getRequest()))
                                        .map(DemoStatus::words)
                                        .orElse("No demo traffic runs.")));
    }
}
