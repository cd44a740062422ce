package org.dlora.console.adapters;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.dlora.catalogue.history.History;
import org.dlora.catalogue.history.RequestLatency;
import org.dlora.catalogue.history.TimedUsage;
import org.dlora.catalogue.history.UsageFilter;
import org.dlora.catalogue.history.UsageSums;
import org.dlora.catalogue.history.UsageUnit;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.console.page.PageHistory;
import org.dlora.console.page.Quantile;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Usage and latencies of an adapter by the hour, from the history. Usage is that of the last 48
 * hours; latencies are those of its last requests among them.
 */
@Component
final class AdapterUsage {
    static final int HOURS = 48;
    static final int REQUESTS = 500;
    private static final int LEAST_DRAWN = 12;

    private static final JsonMapper JSON = new JsonMapper();

    private final PageHistory histories;
    private final ClusterEvents events;

    AdapterUsage(PageHistory histories, ClusterEvents events) {
        this.histories = histories;
        this.events = events;
    }

    /**
     * An hour of the charts.
     *
     * @param median time to the first token, s; null without an answer
     * @param slow the 95th percentile of it, s
     * @param perToken median time per token after the first, s
     */
    record Hour(
            Instant at,
            long requests,
            long failed,
            long promptTokens,
            long outputTokens,
            @Nullable Double median,
            @Nullable Double slow,
            @Nullable Double perToken) {}

    /** Returns the values of the page. Waits for the database. */
    Map<String, @Nullable Object> values(String adapter) {
        var values = new HashMap<String, @Nullable Object>();
        values.put("hours", List.of());
        values.put("shares", VersionShares.NONE);
        var answer = histories.answer(history -> read(history, adapter));
        values.put("noHistory", answer.problem());
        values.putAll(answer.or(Map.of()));
        return values;
    }

    private Map<String, @Nullable Object> read(History history, String adapter) {
        var values = new HashMap<String, @Nullable Object>();
        var until = events.clock().instant();
        var since = until.truncatedTo(ChronoUnit.HOURS).minus(Duration.ofHours(HOURS - 1L));
        var usage = history.usageOver(UsageUnit.HOUR, new UsageFilter(adapter, null, null), since);
        var requests = history.latencies(adapter, since, REQUESTS);
        var hours = hours(since, usage, requests);
        boolean isUsed = hours.stream().anyMatch(hour -> hour.requests > 0);
        values.put("hours", isUsed ? hours : List.of());
        var drawn = drawn(hours);
        values.put("usageChart", usageChart(drawn));
        values.put("latencyChart", latencyChart(drawn));
        values.put("latencyCount", requests.size());
        values.put("hasAllLatencies", requests.size() < REQUESTS);
        var versions =
                history.versions(adapter, until.minus(VersionShares.SPAN), VersionShares.MOST);
        values.put("shares", VersionShares.of(versions, until));
        return values;
    }

    static List<Hour> hours(Instant since, List<TimedUsage> usage, List<RequestLatency> requests) {
        var sums = new TreeMap<Instant, UsageSums>();
        var first = new HashMap<Instant, List<Double>>();
        var tokens = new HashMap<Instant, List<Double>>();
        for (int i = 0; i < HOURS; i++) {
            sums.put(since.plus(Duration.ofHours(i)), UsageSums.NONE);
        }
        for (var row : usage) {
            sums.computeIfPresent(row.begin(), (_, sum) -> sum.plus(row.sums()));
        }
        for (var request : requests) {
            var hour = request.done().truncatedTo(ChronoUnit.HOURS);
            first.computeIfAbsent(hour, _ -> new ArrayList<>())
                    .add(seconds(request.arrived(), request.firstToken()));
            int more = request.outputTokens() - 1;
            if (more > 0) {
                tokens.computeIfAbsent(hour, _ -> new ArrayList<>())
                        .add(seconds(request.firstToken(), request.done()) / more);
            }
        }
        return sums.entrySet().stream()
                .map(one -> {
                    var at = one.getKey();
                    var sum = one.getValue();
                    return new Hour(
                            at,
                            sum.requests(),
                            sum.failed(),
                            sum.promptTokens(),
                            sum.outputTokens(),
                            Quantile.of(first.getOrDefault(at, List.of()), 0.5),
                            Quantile.of(first.getOrDefault(at, List.of()), 0.95),
                            Quantile.of(tokens.getOrDefault(at, List.of()), 0.5));
                })
                .toList();
    }

    private static double seconds(Instant from, Instant to) {
        return Duration.between(from, to).toNanos() / 1e9;
    }

    /** Returns the hours from the first request on, and some before if they are few. */
    static List<Hour> drawn(List<Hour> hours) {
        int first = 0;
        while (first < hours.size() - LEAST_DRAWN && hours.get(first).requests == 0) {
            first++;
        }
        return hours.subList(first, hours.size());
    }

    private static String usageChart(List<Hour> hours) {
        return chart(
                hours, "per hour", Map.of("requests", hours.stream().map(Hour::requests).toList()));
    }

    private static String latencyChart(List<Hour> hours) {
        var series = new LinkedHashMap<String, List<?>>();
        series.put("time to first token, median", values(hours, Hour::median));
        series.put("time to first token, 95 %", values(hours, Hour::slow));
        series.put("time per token, median", values(hours, Hour::perToken));
        return chart(hours, "s", series);
    }

    private static List<@Nullable Double> values(
            List<Hour> hours, Function<Hour, @Nullable Double> value) {
        var all = new ArrayList<@Nullable Double>();
        hours.forEach(hour -> all.add(value.apply(hour)));
        return all;
    }

    private static String chart(List<Hour> hours, String unit, Map<String, ? extends List<?>> all) {
        var series = new ArrayList<Map<String, Object>>();
        all.forEach((label, values) -> series.add(Map.of("label", label, "values", values)));
        return JSON.writeValueAsString(
                Map.of(
                        "x",
                        hours.stream().map(hour -> hour.at.getEpochSecond()).toList(),
                        "series",
                        series,
                        "unit",
                        unit,
                        "time",
                        true));
    }
}
