package org.dlora.console.access;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.dlora.cluster.history.UsageRecord;
import tools.jackson.databind.json.JsonMapper;

/**
 * Usage by one name, as of teams, with its course over time.
 *
 * @param rows those that used most tokens first
 * @param sum of all
 * @param labels of the course: those of most tokens, and all others together
 * @param points course of the tokens, the oldest first
 */
record UsageTable(List<Row> rows, Row sum, List<String> labels, List<Point> points) {
    private static final int SERIES = 4;
    private static final String OTHERS = "others";
    private static final JsonMapper JSON = new JsonMapper();

    /** What one name used. */
    record Row(String name, long requests, long failed, long prompt, long cached, long output) {
        static final Row NONE = new Row("", 0, 0, 0, 0, 0);

        public long tokens() {
            return prompt + output;
        }

        Row plus(String named, UsageRecord more) {
            return new Row(
                    named,
                    requests + more.requests(),
                    failed + more.failed(),
                    prompt + more.promptTokens(),
                    cached + more.cachedTokens(),
                    output + more.outputTokens());
        }
    }

    /**
     * Tokens of one hour or day.
     *
     * @param tokens in the order of the labels
     */
    record Point(Instant at, List<Long> tokens) {}

    /**
     * Sums records.
     *
     * @param name of a record, by which they are summed
     * @param unit hours or days, by UTC
     * @param since begin of the course
     * @param until end of the course
     */
    static UsageTable of(
            List<UsageRecord> records,
            Function<UsageRecord, String> name,
            ChronoUnit unit,
            Instant since,
            Instant until) {
        var byName = new HashMap<String, Row>();
        var sum = Row.NONE;
        for (var record : records) {
            var named = name.apply(record);
            byName.put(named, byName.getOrDefault(named, Row.NONE).plus(named, record));
            sum = sum.plus("", record);
        }
        var rows =
                byName.values().stream()
                        .sorted(
                                Comparator.comparingLong(Row::tokens)
                                        .thenComparingLong(Row::requests)
                                        .reversed()
                                        .thenComparing(Row::name))
                        .toList();
        var labels = new ArrayList<String>();
        rows.stream().limit(SERIES).map(Row::name).forEach(labels::add);
        if (rows.size() > SERIES) {
            labels.add(OTHERS);
        }
        return new UsageTable(rows, sum, labels, points(records, name, labels, unit, since, until));
    }

    private static List<Point> points(
            List<UsageRecord> records,
            Function<UsageRecord, String> name,
            List<String> labels,
            ChronoUnit unit,
            Instant since,
            Instant until) {
        var tokens = new TreeMap<Instant, long[]>();
        var step = Duration.of(1, unit);
        for (var at = since.truncatedTo(unit); at.isBefore(until); at = at.plus(step)) {
            tokens.put(at, new long[labels.size()]);
        }
        for (var record : records) {
            var at = record.hour().truncatedTo(unit);
            int index = labels.indexOf(name.apply(record));
            tokens.computeIfAbsent(at, _ -> new long[labels.size()])[
                            index < 0 ? labels.size() - 1 : index] +=
                    record.promptTokens() + record.outputTokens();
        }
        var points = new ArrayList<Point>();
        tokens.forEach((at, each) -> {
            var list = new ArrayList<Long>();
            for (long one : each) {
                list.add(one);
            }
            points.add(new Point(at, list));
        });
        return points;
    }

    /** Returns the share of the tokens that a row used, 0 to 1. */
    public double share(Row row) {
        return sum.tokens() == 0 ? 0 : (double) row.tokens() / sum.tokens();
    }

    /** Returns the points, the newest first. */
    public List<Point> newest() {
        return points.reversed();
    }

    /** Returns the course as the pages' charts take it. */
    public String chart() {
        var series = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < labels.size(); i++) {
            int index = i;
            series.add(
                    Map.of(
                            "label", labels.get(i),
                            "values",
                                    points.stream()
                                            .map(point -> point.tokens().get(index))
                                            .toList()));
        }
        return JSON.writeValueAsString(
                Map.of(
                        "x",
                        points.stream().map(point -> point.at().getEpochSecond()).toList(),
                        "series",
                        series,
                        "unit",
                        "tokens",
                        "time",
                        true));
    }
}
