package org.dlora.api.admin.history;

import java.util.List;
import java.util.function.Function;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.QueryFields;
import org.dlora.catalogue.history.AuditFilter;
import org.dlora.catalogue.history.DurationBand;
import org.dlora.catalogue.history.EndedRequest;
import org.dlora.catalogue.history.History;
import org.dlora.catalogue.history.RequestFilter;
import org.dlora.catalogue.history.RequestOrder;
import org.dlora.catalogue.history.SlowRequests;
import org.dlora.catalogue.history.UsageFilter;
import org.dlora.catalogue.history.UsageHour;
import org.dlora.operate.Administration;
import org.dlora.operate.history.ReplayCommands;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** Endpoints of the history: ended requests, usage, changes and the audit, as JSON or CSV. */
@RestController
public final class HistoryController {
    private static final int USUAL_HOURS = 1000;
    private static final List<String> STATES = List.of("answered", "failed", "refused");

    private final Administration administration;
    private final HistoryLists lists;

    /**
     * @param histories none or one
     */
    HistoryController(
            Administration administration, WorkPools pools, ObjectProvider<History> histories) {
        this.administration = administration;
        lists = new HistoryLists(administration, pools, histories);
    }

    /**
     * Requests, the newest first.
     *
     * @param next {@code after} of the next page, null if this is the last
     */
    record Requests(List<EndedRequest> requests, @Nullable String next) {}

    /** Sums, the newest hour first. */
    @JsonNaming(SnakeCaseStrategy.class)
    record UsageHours(List<UsageHour> usage, boolean hasMore) {}

    /**
     * Changes of the cluster, the newest first.
     *
     * @param next {@code after} of the next page, null if this is the last
     */
    record Changes(List<ChangeRecordBody> changes, @Nullable String next) {}

    /**
     * Administrative actions, the newest first.
     *
     * @param next {@code after} of the next page, null if this is the last
     */
    record Actions(List<ActionBody> actions, @Nullable String next) {}

    @GetMapping("/admin/requests")
    Mono<ResponseEntity<?>> requests(
            @RequestParam MultiValueMap<String, String> query, ServerHttpRequest call) {
        return lists.page(
                query,
                call,
                EndedRequest.class,
                fields -> {
                    var filter =
                            new RequestFilter(
                                    fields.text("id"),
                                    fields.text("client_id"),
                                    fields.text("model"),
                                    fields.text("adapter"),
                                    fields.text("user"),
                                    fields.choice("status", STATES),
                                    fields.text("outcome"),
                                    fields.text("api_key"),
                                    fields.text("team"),
                                    band(fields, "ttft"),
                                    band(fields, "duration"),
                                    slow(fields));
                    return (history, page) -> history.requests(filter, page);
                },
                row -> Long.toString(row.key()),
                Requests::new);
    }

    private static SlowRequests slow(QueryFields fields) {
        var order = fields.choice("order", RequestOrder.words());
        return new SlowRequests(
                fields.milliseconds("min_ttft_ms"),
                fields.milliseconds("min_duration_ms"),
                order == null ? RequestOrder.NEWEST : RequestOrder.named(order).orElseThrow());
    }

    private static @Nullable DurationBand band(QueryFields fields, String name) {
        var word = fields.choice(name, DurationBand.words());
        return word == null ? null : DurationBand.named(word).orElseThrow();
    }

    @GetMapping("/admin/requests/{id}")
    Mono<RequestDetailBody> request(@PathVariable String id) {
        var tokenizer = administration.models().base().tokenizer();
        return lists.ask(history ->
                history.request(id)
                        .map(row ->
                                RequestDetailBody.of(
                                        row,
                                        tokenizer,
                                        history.shadow(id).map(ShadowedBody::of).orElse(null)))
                        .orElseThrow(() -> ReplayCommands.noSuch(id)));
    }

    @GetMapping("/admin/usage")
    Mono<ResponseEntity<?>> usage(
            @RequestParam MultiValueMap<String, String> query, ServerHttpRequest call) {
        return lists.first(
                query,
                call,
                UsageHour.class,
                USUAL_HOURS,
                fields -> {
                    var filter =
                            new UsageFilter(
                                    fields.text("adapter"),
                                    fields.text("api_key"),
                                    fields.text("team"));
                    var since = fields.time("since");
                    var until = fields.time("until");
                    return (history, limit) -> history.usage(filter, since, until, limit);
                },
                UsageHours::new);
    }

    @GetMapping("/admin/changes")
    Mono<ResponseEntity<?>> changes(
            @RequestParam MultiValueMap<String, String> query, ServerHttpRequest call) {
        return lists.page(
                query,
                call,
                ChangeRecordBody.class,
                fields -> {
                    var kind = fields.text("kind");
                    var adapter = fields.text("adapter");
                    return (history, page) ->
                            all(history.events(kind, adapter, page), ChangeRecordBody::of);
                },
                ChangeRecordBody::key,
                Changes::new);
    }

    @GetMapping("/admin/audit")
    Mono<ResponseEntity<?>> audit(
            @RequestParam MultiValueMap<String, String> query, ServerHttpRequest call) {
        return lists.page(
                query,
                call,
                ActionBody.class,
                fields -> {
                    var filter =
                            new AuditFilter(
                                    fields.text("actor"),
                                    fields.text("action"),
                                    fields.text("subject"),
                                    fields.text("api_key"),
                                    fields.text("team"));
                    return (history, page) -> all(history.audit(filter, page), ActionBody::of);
                },
                ActionBody::key,
                Actions::new);
    }

    private static <S, R> List<R> all(List<S> rows, Function<S, R> body) {
        return rows.stream().map(body).toList();
    }
}
