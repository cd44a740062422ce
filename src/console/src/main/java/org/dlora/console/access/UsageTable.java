package org.dlora.console.access;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.dlora.catalogue.history.NamedUsage;
import org.dlora.catalogue.history.TimedUsage;
import org.dlora.catalogue.history.UsageSums;
import org.dlora.catalogue.history.UsageUnit;
import tools.jackson.databind.json.JsonMapper;

/**
 * Usage by one name, as of teams, with its course over time.
 *
 * @param rows rows of most tokens first, {@value #MOST} at most; then all others as one
 * @param others whether the last row is all others
 * @param sum of all
 * @param labels of the course: those of most tokens, and all others together
 * @param points course of the tokens, the oldest first
 */
record UsageTable(
        List<Row> rows, boolean others, Row sum, List<String> labels, List<Point> points) {
    /** Names that have a row. */
    static final int MOST = 100;

    private static final int SERIES = 4;
    private static final String OTHERS = "others";
    private static final JsonMapper JSON = new JsonMapper();

    /**
     * Usage of one name.
     *
     * @param id of the name, as requests have it; empty for none, and for all others
     * @param name for people
     */
    record Row(String id, String name, UsageSums sums) {
        public long tokens() {
            return sums.tokens();
        }
    }

    /**
     * Tokens of one hour or day.
     *
     * @param tokens in the order of the labels
     */
    record Point(Instant at, List<Long> tokens) {}

    /** Time that a table is about: hours or days by UTC. */
    record Span(UsageUnit unit, Instant since, Instant until) {
        /** Returns a sum of zero for each of its hours or days. */
        private Map<Instant, long[]> sums(int width) {
            var sums = new TreeMap<Instant, long[]>();
            var step = Duration.of(1, unit.length());
            for (var at = since.truncatedTo(unit.length());
                    at.isBefore(until);
                    at = at.plus(step)) {
                sums.put(at, new long[width]);
            }
            return sums;
        }
    }

    /**
     * Makes a table of sums.
     *
     * @param names names of most tokens first, one more than {@value #MOST} where there are more
     * @param all sums of all names over time
     * @param course sums of one name over time
     * @param label of a name for people
     */
    static UsageTable of(
            List<NamedUsage> names,
            List<TimedUsage> all,
            Function<String, List<TimedUsage>> course,
            UnaryOperator<String> label,
            Span span) {
        var sum = all.stream().map(TimedUsage::sums).reduce(UsageSums.NONE, UsageSums::plus);
        var rows = new ArrayList<Row>();
        var left = sum;
        for (var name : names.stream().limit(MOST).toList()) {
            rows.add(new Row(name.name(), label.apply(name.name()), name.sums()));
            left = left.minus(name.sums());
        }
        boolean hasOthers = names.size() > MOST;
        if (hasOthers) {
            rows.add(new Row("", OTHERS, left));
        }
        var drawn = names.stream().limit(SERIES).map(NamedUsage::name).toList();
        var labels = new ArrayList<>(drawn.stream().map(label).toList());
        if (names.size() > SERIES) {
            labels.add(OTHERS);
        }
        return new UsageTable(
                rows,
                hasOthers,
                new Row("", "", sum),
                labels,
                points(all, drawn.stream().map(course).toList(), labels.size(), span));
    }

    /** Returns the course of some names, and of all others where {@code width} has one more. */
    private static List<Point> points(
            List<TimedUsage> all, List<List<TimedUsage>> courses, int width, Span span) {
        var sums = span.sums(width);
        if (width > courses.size()) {
            add(sums, width - 1, all, 1);
        }
        for (int i = 0; i < courses.size(); i++) {
            add(sums, i, courses.get(i), 1);
            if (width > courses.size()) {
                add(sums, width - 1, courses.get(i), -1);
            }
        }
        var points = new ArrayList<Point>();
        sums.forEach((at, each) -> {
            var list = new ArrayList<Long>();
            for (long one : each) {
                list.add(Math.max(0, one)); // Requests may end between the queries.
            }
            points.add(new Point(at, list));
        });
        return points;
    }

    private static void add(
            Map<Instant, long[]> sums, int index, List<TimedUsage> course, int sign) {
        for (var one : course) {
            var at = sums.get(one.begin());
            if (at != null) {
                at[index] += sign * one.sums().tokens();
            }
        }
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
