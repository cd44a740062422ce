package org.dlora.console.requests;

import java.util.HashMap;
import java.util.List;
import org.dlora.api.web.ApiException;
import org.dlora.catalogue.history.DurationBand;
import org.dlora.catalogue.history.EndedRequest;
import org.dlora.catalogue.history.RequestOrder;
import org.dlora.console.page.PageHistory;
import org.dlora.console.page.PageHistory.Answer;
import org.dlora.console.page.PageRenderer;
import org.dlora.operate.Administration;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Page that lists ended requests by filters, below those that run. */
@Controller
final class RequestsController {
    private final PageRenderer pages;
    private final PageHistory history;
    private final Administration administration;
    private final RunningPanel running;
    private final FilterNames names;

    RequestsController(
            PageRenderer pages,
            PageHistory history,
            Administration administration,
            RunningPanel running,
            FilterNames names) {
        this.pages = pages;
        this.history = history;
        this.administration = administration;
        this.running = running;
        this.names = names;
    }

    @GetMapping("/console/requests")
    Mono<ResponseEntity<String>> requests(ServerWebExchange exchange) {
        var _ = administration.models();
        try {
            var query = RequestQuery.read(exchange.getRequest().getQueryParams());
            return history.<List<EndedRequest>>ask(
                            asked -> asked.requests(query.filter(), query.page()))
                    .flatMap(found -> page(exchange, query, found, HttpStatus.OK));
        } catch (ApiException e) {
            var all = RequestQuery.read(new LinkedMultiValueMap<>());
            var none = new Answer<List<EndedRequest>>(null, e.getMessage());
            return page(exchange, all, none, HttpStatus.BAD_REQUEST);
        }
    }

    private Mono<ResponseEntity<String>> page(
            ServerWebExchange exchange,
            RequestQuery query,
            Answer<List<EndedRequest>> found,
            HttpStatus status) {
        var rows = found.or(List.of());
        boolean hasMore = rows.size() > RequestQuery.ROWS;
        var shown = hasMore ? rows.subList(0, RequestQuery.ROWS) : rows;
        var values = new HashMap<String, @Nullable Object>(running.values(""));
        values.put("query", query);
        values.put("statuses", List.of("answered", "failed", "refused"));
        values.put("orders", RequestOrder.values());
        values.put("bands", DurationBand.words());
        values.putAll(names.of(exchange));
        values.put("away", found.problem());
        values.put("rows", shown.stream().map(RequestLine::of).toList());
        values.put("next", hasMore ? query.next(shown.getLast().key()) : null);
        return pages.page(exchange, status, "requests", values);
    }
}
