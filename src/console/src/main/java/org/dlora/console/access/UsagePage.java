package org.dlora.console.access;

import static java.util.stream.Collectors.toMap;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.UnaryOperator;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.HttpSettings;
import org.dlora.catalogue.history.History;
import org.dlora.catalogue.history.UsageFilter;
import org.dlora.catalogue.history.UsageName;
import org.dlora.catalogue.history.UsageUnit;
import org.dlora.console.page.PageAddress;
import org.dlora.console.page.PageHistory;
import org.dlora.console.page.PageRenderer;
import org.dlora.console.page.UtcTime;
import org.dlora.operate.Administration;
import org.dlora.security.ApiKey;
import org.dlora.security.KeyService;
import org.dlora.security.Team;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Page of what teams, keys and adapters used, by the hour or the day. */
@Controller
final class UsagePage {
    private static final String NO_TEAM = "(no team)";
    private static final String NO_KEY = "(no key)";
    private static final Map<String, Duration> SPANS =
            Map.of(
                    "24h", Duration.ofHours(24),
                    "7d", Duration.ofDays(7),
                    "30d", Duration.ofDays(30),
                    "90d", Duration.ofDays(90));
    private static final String USUAL_SPAN = "7d";

    /** Longest span that is told by the hour: more points than a screen has room for. */
    private static final Duration BY_HOUR = Duration.ofDays(7);

    private final PageRenderer pages;
    private final Administration administration;
    private final KeyService keys;
    private final PageHistory histories;
    private final HttpSettings settings;
    private final WorkPools pools;

    /**
     * @param histories with the sums
     */
    UsagePage(
            PageRenderer pages,
            Administration administration,
            KeyService keys,
            PageHistory histories,
            HttpSettings settings,
            WorkPools pools) {
        this.pools = pools;
        this.pages = pages;
        this.administration = administration;
        this.keys = keys;
        this.histories = histories;
        this.settings = settings;
    }

    /**
     * @param by team, key or adapter
     * @param span a name of {@link #SPANS}
     * @param per hour or day; longer spans than a week are always by the day
     * @param team whose keys' usage is summed alone; empty for all
     */
    @GetMapping(AccessPaths.USAGE)
    Mono<ResponseEntity<String>> usage(
            @RequestParam(name = "by", defaultValue = "team") String by,
            @RequestParam(name = "span", defaultValue = USUAL_SPAN) String span,
            @RequestParam(name = "per", defaultValue = "") String per,
            @RequestParam(name = "team", defaultValue = "") String team,
            ServerWebExchange exchange) {
        var known = SPANS.containsKey(span) ? span : USUAL_SPAN;
        var length = Objects.requireNonNull(SPANS.get(known));
        boolean isByHour =
                length.compareTo(BY_HOUR) <= 0
                        && (per.equals("hour") || (!per.equals("day") && known.equals("24h")));
        var unit = isByHour ? UsageUnit.HOUR : UsageUnit.DAY;
        var now = settings.clock().instant();
        var since = now.minus(length).truncatedTo(unit.length()).plus(1, unit.length());
        var values = new HashMap<String, Object>();
        values.put("by", by);
        values.put("span", known);
        values.put("per", isByHour ? "hour" : "day");
        values.put("team", team);
        values.put("teams", keys.teams().stream().map(Team::name).toList());
        values.put("parameter", parameter(name(by)));
        values.put("since", UtcTime.field(since));
        values.put("csv", csv(team, since));
        var time = new UsageTable.Span(unit, since, now);
        return pools.store()
                .run(() -> read(by, team.isEmpty() ? null : team, time, values))
                .flatMap(all -> pages.page(exchange, "access-usage", all));
    }

    private static String csv(String team, Instant since) {
        var parameters = new LinkedHashMap<String, String>();
        parameters.put("format", "csv");
        parameters.put("limit", "10000");
        parameters.put("since", since.toString());
        parameters.put("team", team);
        return PageAddress.of("/admin/usage", parameters);
    }

    /** Returns the parameter of the list of requests that has a name. */
    private static String parameter(UsageName name) {
        return switch (name) {
            case KEY -> "api_key";
            case ADAPTER -> "adapter";
            case TEAM -> "team";
        };
    }

    private Map<String, Object> read(
            String by, @Nullable String team, UsageTable.Span time, Map<String, Object> values) {
        var answer = histories.answer(history -> table(history, by, team, time));
        values.put("most", UsageTable.MOST);
        if (answer.problem() != null) {
            values.put("away", answer.problem());
        }
        if (answer.value() != null) {
            values.put("table", answer.value());
        }
        return values;
    }

    /** Reads the sums by name and those over time at once, as each takes all rows of the span. */
    private UsageTable table(
            History history, String by, @Nullable String team, UsageTable.Span time) {
        var name = name(by);
        var all = new UsageFilter(null, null, team);
        var most = UsageTable.MOST + 1;
        var course = new FutureTask<>(() -> history.usageOver(time.unit(), all, time.since()));
        Thread.startVirtualThread(course);
        var names = history.usageBy(name, all, time.unit(), time.since(), most);
        return UsageTable.of(
                names,
                result(course),
                one -> history.usageOver(time.unit(), only(name, one, team), time.since()),
                labels(name),
                time);
    }

    private static <T> T result(FutureTask<T> query) {
        try {
            return query.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("The page was given up.");
        }
    }

    private static UsageName name(String by) {
        return switch (by) {
            case "key" -> UsageName.KEY;
            case "adapter" -> UsageName.ADAPTER;
            default -> UsageName.TEAM;
        };
    }

    private static UsageFilter only(UsageName name, String one, @Nullable String team) {
        return switch (name) {
            case ADAPTER -> new UsageFilter(one, null, team);
            case KEY -> new UsageFilter(null, one, team);
            case TEAM -> new UsageFilter(null, null, one);
        };
    }

    /** Returns names for people. An empty name stands for none. */
    private UnaryOperator<String> labels(UsageName name) {
        return switch (name) {
            case KEY -> {
                var names = keys.keys().stream().collect(toMap(ApiKey::id, ApiKey::name));
                yield id -> {
                    var known = names.get(id);
                    return id.isEmpty()
                            ? NO_KEY
                            : known == null ? id : "%s (%s)".formatted(known, id);
                };
            }
            case ADAPTER -> {
                var base = administration.models().servedName();
                yield adapter -> adapter.isEmpty() ? base : adapter;
            }
            case TEAM -> team -> team.isEmpty() ? NO_TEAM : team;
        };
    }
}
