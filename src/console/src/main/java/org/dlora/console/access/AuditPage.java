package org.dlora.console.access;

import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.catalogue.history.AuditFilter;
import org.dlora.catalogue.history.AuditRecord;
import org.dlora.catalogue.history.Page;
import org.dlora.console.page.AuditWords;
import org.dlora.console.page.PageAddress;
import org.dlora.console.page.PageHistory;
import org.dlora.console.page.PageHistory.Answer;
import org.dlora.console.page.PageRenderer;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Page of the audit: who did what, the newest first. */
@Controller
final class AuditPage {
    private static final int SIZE = 100;
    private static final int CSV_ROWS = 10_000;

    private final PageRenderer pages;
    private final PageHistory history;

    AuditPage(PageRenderer pages, PageHistory history) {
        this.pages = pages;
        this.history = history;
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
            var query = new LinkedHashMap<String, String>();
            query.put("format", "csv");
            query.put("limit", Integer.toString(CSV_ROWS));
            query.put("actor", actor.strip());
            query.put("action", action.strip());
            query.put("subject", subject.strip());
            query.put("team", team.strip());
            query.put("since", text(days.since()));
            query.put("until", text(days.until()));
            return PageAddress.of("/admin/audit", query);
        }

        private static String text(@Nullable Instant time) {
            return time == null ? "" : time.toString();
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
        var asked = filter.audit();
        var page = filter.page();
        return history.<List<AuditRecord>>ask(known -> known.audit(asked, page))
                .flatMap(found -> pages.page(exchange, "access-audit", values(filter, found)));
    }

    private static Map<String, @Nullable Object> values(
            Filter filter, Answer<List<AuditRecord>> found) {
        var rows = found.or(List.of());
        var shown = rows.subList(0, Math.min(SIZE, rows.size()));
        var values = new HashMap<String, @Nullable Object>();
        values.put("filter", filter);
        values.put("csv", filter.csv());
        values.put("away", found.problem());
        values.put("actions", AuditWords.known());
        values.put("rows", shown.stream().map(AuditItem::of).toList());
        values.put("next", rows.size() > SIZE ? shown.getLast().key() : null);
        return values;
    }
}
