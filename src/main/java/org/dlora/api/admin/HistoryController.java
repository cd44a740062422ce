package org.dlora.api.admin;

import java.util.List;
import java.util.function.Function;
import org.dlora.api.openai.ApiException;
import org.dlora.api.openai.Serving;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.dlora.cluster.history.History;
import org.dlora.cluster.history.Page;
import org.dlora.cluster.history.RequestFilter;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.MultiValueMap;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Endpoints of the history: ended requests, usage, changes and the audit, as JSON or CSV. */
@RestController
final class HistoryController {
    private static final int USUAL = 100;
    private static final int MOST = 10_000;

    private final Serving serving;
    private final ObjectProvider<History> histories;

    /**
     * @param histories none or one
     */
    HistoryController(Serving serving, ObjectProvider<History> histories) {
        this.serving = serving;
        this.histories = histories;
    }

    /**
     * Requests, the newest first.
     *
     * @param next {@code after} of the next page, null if this is the last
     */
    record Requests(List<EndedRequestBody> requests, @Nullable String next) {}

    /** Sums, the newest hour first. */
    record Usage(List<UsageBody> usage) {}

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
        var fields = new QueryFields(query);
        var filter =
                new RequestFilter(
                        fields.text("id"),
                        fields.text("client_id"),
                        fields.text("model"),
                        fields.text("adapter"),
                        fields.text("user"),
                        fields.text("status"),
                        fields.text("outcome"));
        var page = page(fields);
        return answer(
                fields,
                call,
                EndedRequestBody.class,
                history ->
                        history.requests(filter, page).stream().map(EndedRequestBody::of).toList(),
                rows -> new Requests(rows, next(rows, page, EndedRequestBody::key)));
    }

    @GetMapping("/admin/requests/{id}")
    Mono<RequestDetailBody> request(@PathVariable String id) {
        var tokenizer = serving.require().models().base().tokenizer();
        return ask(history ->
                history.request(id)
                        .map(row ->
                                RequestDetailBody.of(
                                        row,
                                        tokenizer,
                                        history.shadow(id).map(ShadowedBody::of).orElse(null)))
                        .orElseThrow(() ->
                                ApiException.of(
                                        HttpStatus.NOT_FOUND,
                                        "No ended request has the id '%s'; GET /admin/requests lists them. %s"
                                                .formatted(
                                                        StringUtils.truncate(id),
                                                        MigrationsController.REQUEST_NAMES))));
    }

    @GetMapping("/admin/usage")
    Mono<ResponseEntity<?>> usage(
            @RequestParam MultiValueMap<String, String> query, ServerHttpRequest call) {
        var fields = new QueryFields(query);
        var adapter = fields.text("adapter");
        var since = fields.time("since");
        var until = fields.time("until");
        int limit = fields.count("limit", 1000, MOST);
        return answer(
                fields,
                call,
                UsageBody.class,
                history ->
                        history.usage(adapter, since, until, limit).stream()
                                .map(UsageBody::of)
                                .toList(),
                Usage::new);
    }

    @GetMapping("/admin/changes")
    Mono<ResponseEntity<?>> changes(
            @RequestParam MultiValueMap<String, String> query, ServerHttpRequest call) {
        var fields = new QueryFields(query);
        var kind = fields.text("kind");
        var adapter = fields.text("adapter");
        var page = page(fields);
        return answer(
                fields,
                call,
                ChangeRecordBody.class,
                history ->
                        history.events(kind, adapter, page).stream()
                                .map(ChangeRecordBody::of)
                                .toList(),
                rows -> new Changes(rows, next(rows, page, ChangeRecordBody::key)));
    }

    @GetMapping("/admin/audit")
    Mono<ResponseEntity<?>> audit(
            @RequestParam MultiValueMap<String, String> query, ServerHttpRequest call) {
        var fields = new QueryFields(query);
        var actor = fields.text("actor");
        var action = fields.text("action");
        var subject = fields.text("subject");
        var page = page(fields);
        return answer(
                fields,
                call,
                ActionBody.class,
                history ->
                        history.audit(actor, action, subject, page).stream()
                                .map(ActionBody::of)
                                .toList(),
                rows -> new Actions(rows, next(rows, page, ActionBody::key)));
    }

    private static Page page(QueryFields fields) {
        return new Page(
                fields.key("after"),
                fields.count("limit", USUAL, MOST),
                fields.time("since"),
                fields.time("until"));
    }

    private static <R> @Nullable String next(List<R> rows, Page page, Function<R, String> key) {
        return rows.size() < page.limit() ? null : key.apply(rows.getLast());
    }

    private <R> Mono<ResponseEntity<?>> answer(
            QueryFields fields,
            ServerHttpRequest call,
            Class<R> type,
            Function<History, List<R>> question,
            Function<List<R>, ?> json) {
        boolean isCsv = CsvWriter.isAskedFor(fields.text("format"), call);
        fields.end();
        return ask(question)
                .publishOn(Schedulers.boundedElastic())
                .map(rows ->
                        isCsv
                                ? ResponseEntity.ok()
                                        .contentType(CsvWriter.CSV)
                                        .body(CsvWriter.write(type, rows))
                                : ResponseEntity.ok()
                                        .contentType(MediaType.APPLICATION_JSON)
                                        .body(json.apply(rows)));
    }

    /** Asks away from the event loops, as the database is waited for. */
    private <T> Mono<T> ask(Function<? super History, ? extends T> question) {
        var _ = SchedulingController.service(serving.require());
        return Mono.<T>fromCallable(() -> question.apply(history()))
                .subscribeOn(Schedulers.boundedElastic())
                .onErrorMap(
                        StoreUnavailableException.class,
                        e -> ApiException.storeUnavailable(String.valueOf(e.getMessage())));
    }

    private History history() {
        var history = histories.getIfAvailable();
        if (history == null) {
            throw ApiException.of(HttpStatus.NOT_FOUND, "This server keeps no history.");
        }
        return history;
    }
}
