package org.dlora.api.admin.history;

import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.QueryFields;
import org.dlora.catalogue.history.History;
import org.dlora.catalogue.history.Page;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.dlora.operate.Administration;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.MultiValueMap;
import reactor.core.publisher.Mono;

/** Answers of the history: lists as JSON or CSV, page by page, and single rows. */
final class HistoryLists {
    static final int MOST = 10_000;

    /** Header of a page in CSV: {@code after} of the next one; absent on the last. */
    static final String NEXT = "X-DLoRA-Next";

    /** Header of the first rows in CSV: whether there are more. */
    static final String HAS_MORE = "X-DLoRA-Has-More";

    private static final int USUAL = 100;

    private final Administration administration;
    private final WorkPools pools;
    private final ObjectProvider<History> histories;

    /**
     * @param histories none or one
     */
    HistoryLists(
            Administration administration, WorkPools pools, ObjectProvider<History> histories) {
        this.pools = pools;
        this.administration = administration;
        this.histories = histories;
    }

    /** A question whose filter has been read. */
    interface Question<R> {
        /** Returns at most {@code limit} rows. */
        List<R> rows(History history, int limit);
    }

    /** A question about one page. */
    interface PagedQuestion<R> {
        List<R> rows(History history, Page page);
    }

    /**
     * Answers a page.
     *
     * @param type of the rows
     * @param reader reads the filter
     * @param key place of a row in the order of time
     * @param body makes the JSON of the rows and the key after which the next page begins; null on
     *     the last page
     */
    <R> Mono<ResponseEntity<?>> page(
            MultiValueMap<String, String> query,
            ServerHttpRequest call,
            Class<R> type,
            Function<QueryFields, PagedQuestion<R>> reader,
            Function<R, String> key,
            BiFunction<List<R>, @Nullable String, ?> body) {
        var fields = new QueryFields(query);
        var question = reader.apply(fields);
        var page =
                new Page(
                        fields.key("after"),
                        fields.count("limit", USUAL, MOST),
                        fields.time("since"),
                        fields.time("until"));
        return answer(
                fields,
                call,
                type,
                history -> {
                    var rows = question.rows(history, page);
                    var next = rows.size() < page.limit() ? null : key.apply(rows.getLast());
                    return new Found<>(rows, body.apply(rows, next), NEXT, next);
                });
    }

    /**
     * Answers the first rows.
     *
     * @param usual most rows, unless the query says otherwise
     * @param body makes the JSON of the rows and of whether there are more
     */
    <R> Mono<ResponseEntity<?>> first(
            MultiValueMap<String, String> query,
            ServerHttpRequest call,
            Class<R> type,
            int usual,
            Function<QueryFields, Question<R>> reader,
            BiFunction<List<R>, Boolean, ?> body) {
        var fields = new QueryFields(query);
        var question = reader.apply(fields);
        int limit = fields.count("limit", usual, MOST);
        return answer(
                fields,
                call,
                type,
                history -> {
                    var found = question.rows(history, limit + 1);
                    boolean hasMore = found.size() > limit;
                    var rows = hasMore ? found.subList(0, limit) : found;
                    return new Found<>(
                            rows, body.apply(rows, hasMore), HAS_MORE, String.valueOf(hasMore));
                });
    }

    /**
     * Rows that a question has found.
     *
     * @param header tells of further rows with CSV, which has no place for it
     * @param value null for none
     */
    private record Found<R>(List<R> rows, Object json, String header, @Nullable String value) {
        ResponseEntity<?> csv(Class<R> type) {
            var answer = ResponseEntity.ok().contentType(CsvWriter.CSV);
            if (value != null) {
                answer.header(header, value);
            }
            return answer.body(CsvWriter.write(type, rows));
        }
    }

    private <R> Mono<ResponseEntity<?>> answer(
            QueryFields fields,
            ServerHttpRequest call,
            Class<R> type,
            Function<History, Found<R>> question) {
        boolean isCsv = CsvWriter.isAskedFor(fields.text("format"), call);
        fields.end();
        return ask(question)
                .map(found ->
                        isCsv
                                ? found.csv(type)
                                : ResponseEntity.ok()
                                        .contentType(MediaType.APPLICATION_JSON)
                                        .body(found.json));
    }

    /** Asks away from the event loops, as the database is waited for. */
    <T> Mono<T> ask(Function<? super History, ? extends T> question) {
        var _ = administration.scheduling();
        return pools.store()
                .<T>run(() -> question.apply(history(histories)))
                .onErrorMap(
                        StoreUnavailableException.class,
                        e -> ApiException.storeUnavailable(String.valueOf(e.getMessage())));
    }

    /** Returns the history, or refuses with 404 where there is none. */
    static History history(ObjectProvider<History> histories) {
        var history = histories.getIfAvailable();
        if (history == null) {
            throw ApiException.of(HttpStatus.NOT_FOUND, "This server keeps no history.");
        }
        return history;
    }
}
