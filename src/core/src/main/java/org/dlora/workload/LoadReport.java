package org.dlora.workload;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * The figures of a run.
 *
 * @param label name of the run
 * @param outcomes of all requests
 * @param seconds from the first request to the end of the last
 * @param slo seconds per token that a request should stay below
 */
public record LoadReport(String label, List<Outcome> outcomes, double seconds, double slo) {
    private static final int ERRORS_SHOWN = 3;

    public LoadReport {
        outcomes = List.copyOf(outcomes);
    }

    /** Returns the requests that were answered whole. */
    public List<Outcome.Done> done() {
        return of(Outcome.Done.class);
    }

    /** Returns the requests that were not answered, or not whole. */
    public List<Outcome.Failed> failed() {
        return of(Outcome.Failed.class);
    }

    private <T extends Outcome> List<T> of(Class<T> type) {
        return outcomes.stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** Returns the rate at which done requests got output tokens. */
    public double outputTokensPerSecond() {
        return done().stream().mapToInt(Outcome.Done::outputTokens).sum() / seconds;
    }

    /**
     * Returns the figures for programs: names in snake case, times in seconds. Rates and times are
     * absent if no request was done.
     */
    public Map<String, Object> values() {
        var values = new LinkedHashMap<String, Object>();
        var done = done();
        values.put("label", label);
        values.put("done", done.size());
        values.put("failed", failed().size());
        values.put("wall_s", rounded(seconds, 2));
        if (!done.isEmpty()) {
            int tokens =
                    done.stream().mapToInt(one -> one.promptTokens() + one.outputTokens()).sum();
            values.put("output_tok_s", rounded(outputTokensPerSecond(), 1));
            values.put("total_tok_s", rounded(tokens / seconds, 1));
            values.put("req_s", rounded(done.size() / seconds, 3));
            values.put("ttft_s", values(done, Outcome.Done::timeToFirstToken));
            values.put("tpot_s", values(done, Outcome.Done::timePerOutputToken));
            values.put("s_per_token", values(done, Outcome.Done::secondsPerToken));
            long within = done.stream().filter(one -> one.secondsPerToken() <= slo).count();
            values.put("within_slo", rounded((double) within / outcomes.size(), 3));
        }
        values.put("models", models());
        if (!failed().isEmpty()) {
            values.put("errors", errors());
        }
        return values;
    }

    /** Returns the done requests for programs, one by one, in the order of their arrival. */
    public List<Map<String, Object>> each() {
        return done().stream()
                .map(one ->
                        Map.<String, Object>of(
                                "model",
                                one.model(),
                                "output_tokens",
                                one.outputTokens(),
                                "ttft_s",
                                rounded(one.timeToFirstToken(), 4),
                                "total_s",
                                rounded(one.seconds(), 4)))
                .toList();
    }

    /** Returns the figures as lines for people. */
    public List<String> lines() {
        var lines = new ArrayList<String>();
        var done = done();
        lines.add(
                "%s%d requests done, %d failed in %.2f s"
                        .formatted(
                                label.isEmpty() ? "" : label + ": ",
                                done.size(),
                                failed().size(),
                                seconds));
        if (!done.isEmpty()) {
            lines.add(
                    "%.1f output tokens/s, %.3f requests/s, %.1f%% within %s s/token"
                            .formatted(
                                    outputTokensPerSecond(),
                                    done.size() / seconds,
                                    100.0
                                            * done.stream()
                                                    .filter(one -> one.secondsPerToken() <= slo)
                                                    .count()
                                            / outcomes.size(),
                                    slo));
            lines.add("");
            lines.add(row("", "mean", "p50", "p90", "p99"));
            lines.add(row("TTFT [s]", distribution(done, Outcome.Done::timeToFirstToken)));
            lines.add(row("TPOT [s]", distribution(done, Outcome.Done::timePerOutputToken)));
            lines.add(row("latency [s/token]", distribution(done, Outcome.Done::secondsPerToken)));
        }
        lines.add("");
        models().forEach((model, count) ->
                lines.add(
                        "%-20s %d done, %d failed"
                                .formatted(model, count.get("done"), count.get("failed"))));
        errors().forEach(error -> lines.add("error: " + error));
        return lines;
    }

    /** Returns the first few errors. */
    private List<String> errors() {
        return failed().stream()
                .limit(ERRORS_SHOWN)
                .map(one -> one.model() + ": " + one.error())
                .toList();
    }

    private Map<String, Map<String, Long>> models() {
        var counts = new TreeMap<String, Map<String, Long>>();
        var done = done().stream().collect(groupingBy(Outcome::model, counting()));
        var failed = failed().stream().collect(groupingBy(Outcome::model, counting()));
        for (var outcome : outcomes) {
            var model = outcome.model();
            counts.computeIfAbsent(
                    model,
                    _ ->
                            new TreeMap<>(
                                    Map.of(
                                            "done",
                                            done.getOrDefault(model, 0L),
                                            "failed",
                                            failed.getOrDefault(model, 0L))));
        }
        return counts;
    }

    private static Distribution distribution(
            List<Outcome.Done> done, ToDoubleFunction<Outcome.Done> value) {
        return Distribution.of(done.stream().mapToDouble(value).toArray());
    }

    private static Map<String, Object> values(
            List<Outcome.Done> done, ToDoubleFunction<Outcome.Done> value) {
        var distribution = distribution(done, value);
        var values = new LinkedHashMap<String, Object>();
        values.put("mean", rounded(distribution.mean(), 4));
        values.put("p50", rounded(distribution.p50(), 4));
        values.put("p90", rounded(distribution.p90(), 4));
        values.put("p99", rounded(distribution.p99(), 4));
        return values;
    }

    private static String row(String name, Distribution values) {
        return row(
                name,
                "%.4f".formatted(values.mean()),
                "%.4f".formatted(values.p50()),
                "%.4f".formatted(values.p90()),
                "%.4f".formatted(values.p99()));
    }

    private static String row(String name, String mean, String p50, String p90, String p99) {
        return "%-20s %9s %9s %9s %9s".formatted(name, mean, p50, p90, p99);
    }

    private static double rounded(double value, int digits) {
        double scale = Math.pow(10, digits);
        return Math.round(value * scale) / scale;
    }
}
