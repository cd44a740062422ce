package org.dlora.console.access;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.dlora.cluster.history.AuditFilter;
import org.dlora.cluster.history.History;
import org.dlora.cluster.history.Page;
import org.dlora.console.page.PageRenderer;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.util.UriComponentsBuilder;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Page of the audit: who did what, the newest first. */
@Controller
final class AuditPage {
    private static final int SIZE = 100;
    private static final int CSV_ROWS = 10_000;

    private final PageRenderer pages;
    private final ObjectProvider<History> histories;

    /**
     * @param histories none or one
     */
    AuditPage(PageRenderer pages, ObjectProvider<History> histories) {
        this.pages = pages;
        this.histories = histories;
    }

    /**
     * The filter of the page's address.
     *
     * @param after key of the last row of the page before, null on the first
     */
    private record Filter(
            String actor,
            String action,
            String subject,
            String team,
            String from,
            String to,
            @Nullable Long after) {

        AuditFilter audit() {
            return new AuditFilter(given(actor), given(action), given(subject), null, given(team));
        }

        Page page() {
            var days = DayRange.of(from, to);
            return new Page(after, SIZE + 1, days.since(), days.until());
        }

        private static @Nullable String given(String text) {
            return text.isBlank() ? null : text.strip();
        }

        /** Returns the address of the same rows as CSV. */
        String csv() {
            var days = DayRange.of(from, to);
            var query = UriComponentsBuilder.fromPath("/admin/audit");
            query.queryParam("format", "csv").queryParam("limit", CSV_ROWS);
            add(query, "actor", actor);
            add(query, "action", action);
            add(query, "subject", subject);
            add(query, "team", team);
            add(query, "since", text(days.since()));
            add(query, "until", text(days.until()));
            return query.encode().build().toUriString();
        }

        private static String text(@Nullable Instant time) {
            return time == null ? "" : time.toString();
        }

        private static void add(UriComponentsBuilder query, String name, String value) {
            if (!value.isBlank()) {
                // As a variable, so that '+' and '&' in it are encoded.
                query.queryParam(name, "{" + name + "}").uriVariables(Map.of(name, value));
            }
        }
    }

    @GetMapping(AccessPaths.AUDIT)
    Mono<ResponseEntity<String>> audit(
            @RequestParam(name = "actor", defaultValue = "") String actor,
            @RequestParam(name = "action", defaultValue = "") String action,
            @RequestParam(name = "subject", defaultValue = "") String subject,
            @RequestParam(name = "team", defaultValue = "") String team,
            @RequestParam(name = "from", defaultValue = "") String from,
            @RequestParam(name = "to", defaultValue = "") String to,
            @RequestParam(name = "after", required = false) @Nullable Long after,
            ServerWebExchange exchange) {
        var filter = new Filter(actor, action, subject, team, from, to, after);
        var values = new HashMap<String, Object>();
        values.put("filter", filter);
        values.put("csv", filter.csv());
        values.put("rows", List.of());
        var page = filter.page();
        return Mono.fromCallable(() -> rows(filter.audit(), page, values))
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(known -> pages.page(exchange, "access-audit", known));
    }

    private Map<String, Object> rows(AuditFilter filter, Page page, Map<String, Object> values) {
        var history = histories.getIfAvailable();
        if (history == null) {
            values.put("away", "This server keeps no history (dlora.history.enabled).");
            return values;
        }
        try {
            var rows = history.audit(filter, page);
            var shown = rows.subList(0, Math.min(SIZE, rows.size()));
            values.put("rows", shown.stream().map(AuditItem::of).toList());
            if (rows.size() > SIZE) {
                values.put("next", shown.getLast().key());
            }
        } catch (StoreUnavailableException e) {
            values.put("away", "The audit cannot be read now: %s.".formatted(e.getMessage()));
        }
        return values;
    }
}
