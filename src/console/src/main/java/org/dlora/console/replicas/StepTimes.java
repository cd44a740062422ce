package org.dlora.console.replicas;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.console.decisions.RegistrationNames;
import org.dlora.console.decisions.WeightsState;
import org.dlora.console.page.Quantile;
import org.dlora.replica.RecordedStep;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Measured and predicted times of a replica's last steps.
 *
 * @param rows the newest first
 */
record StepTimes(List<Row> rows) {
    private static final JsonMapper JSON = new JsonMapper();

    StepTimes {
        rows = List.copyOf(rows);
    }

    /**
     * A step.
     *
     * @param predicted seconds by the cost model; null before costs are known
     * @param kind class of the mark of its weights
     * @param weights in words
     */
    record Row(
            long number,
            double seconds,
            @Nullable Double predicted,
            int sequences,
            int rows,
            String kind,
            String weights) {}

    /** Returns the times of steps, the newest first. */
    static StepTimes of(List<RecordedStep> steps, RegistrationNames names) {
        return new StepTimes(steps.stream().map(step -> row(step, names)).toList());
    }

    private static Row row(RecordedStep step, RegistrationNames names) {
        var kind = WeightsState.kind(step);
        return new Row(
                step.number(),
                step.seconds(),
                Double.isFinite(step.predicted()) ? step.predicted() : null,
                step.sequences(),
                step.rows(),
                kind,
                WeightsState.words(kind, WeightsState.adapter(step.decision().mode(), names)));
    }

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** Returns the median seconds of a step; null without steps. */
    public @Nullable Double median() {
        return Quantile.of(rows.stream().map(Row::seconds).toList(), 0.5);
    }

    /** Returns the median of |predicted − measured| / measured; null if none was predicted. */
    public @Nullable Double error() {
        var errors = new ArrayList<Double>();
        for (var row : rows) {
            var predicted = row.predicted;
            if (predicted != null && row.seconds > 0) {
                errors.add(Math.abs(predicted - row.seconds) / row.seconds);
            }
        }
        return Quantile.of(errors, 0.5);
    }

    /** Returns the figures of the chart: milliseconds by step. */
    public String json() {
        var numbers = new ArrayList<Long>();
        var measured = new ArrayList<Double>();
        var predicted = new ArrayList<@Nullable Double>();
        for (var row : rows.reversed()) {
            numbers.add(row.number);
            measured.add(milliseconds(row.seconds));
            predicted.add(row.predicted == null ? null : milliseconds(row.predicted));
        }
        var chart = new LinkedHashMap<String, Object>();
        chart.put("x", numbers);
        chart.put(
                "series",
                List.of(
                        Map.of("label", "measured", "values", measured),
                        Map.of("label", "predicted", "values", predicted)));
        chart.put("unit", "ms");
        chart.put("time", false);
        return JSON.writeValueAsString(chart);
    }

    private static double milliseconds(double seconds) {
        return Math.round(1e6 * seconds) / 1e3;
    }
}
