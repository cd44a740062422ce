package org.dlora.console.journal;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.RequestCaller;
import org.dlora.console.decisions.RegistrationNames;
import org.dlora.console.page.PageAddress;
import org.dlora.console.page.PageHistory;
import org.dlora.console.page.PageRenderer;
import org.dlora.console.page.UtcTime;
import org.dlora.operate.Administration;
import org.dlora.security.Access;
import org.dlora.security.Scope;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Page of what happened, the newest first. Administrators see the audit in it. */
@Controller
final class JournalController {
    private final PageRenderer pages;
    private final PageHistory history;
    private final Administration administration;
    private final LatestChanges changes;

    JournalController(
            PageRenderer pages,
            PageHistory history,
            Administration administration,
            LatestChanges changes) {
        this.pages = pages;
        this.history = history;
        this.administration = administration;
        this.changes = changes;
    }

    @GetMapping("/console/journal")
    Mono<ResponseEntity<String>> journal(
            ServerWebExchange exchange,
            @RequestParam(defaultValue = "all") String topic,
            @RequestParam(defaultValue = "") String adapter,
            @RequestParam(defaultValue = "") String until,
            @RequestParam(defaultValue = "") String after) {
        var access = RequestCaller.access(exchange.getRequest());
        var latest = new LatestPanel(changes, administration, access.has(Scope.ADMIN));
        var query = query(topic, adapter.strip(), until, after, access);
        return history.<List<Entry>>ask(query::lines)
                .flatMap(found -> {
                    var lines = found.or(List.of());
                    boolean hasMore = lines.size() > JournalQuery.LINES;
                    var shown = hasMore ? lines.subList(0, JournalQuery.LINES) : lines;
                    var values = new HashMap<String, @Nullable Object>(latest.values(""));
                    values.put("panel", latest.name());
                    values.put("topic", query.topic());
                    values.put("topics", topics(access));
                    values.put("adapter", adapter);
                    values.put("until", UtcTime.field(query.until()));
                    values.put("newest", after.isEmpty() ? null : newest(query));
                    values.put("away", found.problem());
                    var names = RegistrationNames.of(administration.models());
                    values.put("lines", shown.stream().map(line -> line.named(names)).toList());
                    values.put("next", hasMore ? next(query, shown.getLast().key()) : null);
                    return pages.page(exchange, "journal", values);
                });
    }

    private static JournalQuery query(
            String topic, String adapter, String until, String after, Access access) {
        return new JournalQuery(
                JournalTopic.of(topic)
                        .orElseThrow(() -> ApiException.wrong("topic", "one of the list", topic)),
                adapter.isEmpty() ? null : adapter,
                UtcTime.read("until", until),
                after.isEmpty() ? null : key(after),
                access.has(Scope.ADMIN));
    }

    private static Long key(String after) {
        try {
            return Long.valueOf(after);
        } catch (NumberFormatException _) {
            throw ApiException.wrong("after", "the key of a line", after);
        }
    }

    private static List<JournalTopic> topics(Access access) {
        return Arrays.stream(JournalTopic.values())
                .filter(topic -> access.has(Scope.ADMIN) || !topic.isForAdministrators())
                .toList();
    }

    /** Returns the list from its begin. */
    private static String newest(JournalQuery query) {
        return PageAddress.of("/console/journal", parameters(query));
    }

    private static String next(JournalQuery query, long key) {
        var parameters = parameters(query);
        parameters.put("after", Long.toString(key));
        return PageAddress.of("/console/journal", parameters);
    }

    private static Map<String, String> parameters(JournalQuery query) {
        var parameters = new LinkedHashMap<String, String>();
        parameters.put("topic", query.topic().word());
        parameters.put("adapter", query.adapter() == null ? "" : query.adapter());
        parameters.put("until", UtcTime.field(query.until()));
        return parameters;
    }
}
