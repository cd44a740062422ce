package org.dlora.simulation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The arms of a comparison on the same requests.
 *
 * @param limit seconds per token that a sustained rate keeps on average
 */
public record SimulationReport(ClusterSetup setup, double limit, List<ArmReport> arms) {
    public SimulationReport {
        arms = List.copyOf(arms);
    }

    /**
     * Runs the arms.
     *
     * @param rates requests per second that are run beside those of the search
     */
    public static SimulationReport of(
            ClusterSetup setup, List<Arm> arms, List<Double> rates, double limit) {
        for (double rate : rates) {
            if (!(rate > 0 && rate < 1e6)) {
                throw new IllegalArgumentException(
                        "a rate of %s requests per second: expected more than 0".formatted(rate));
            }
        }
        if (!(limit > 0) || arms.isEmpty()) {
            throw new IllegalArgumentException(
                    "%d arms within %s s per token: expected at least 1 arm and more than 0 s"
                            .formatted(arms.size(), limit));
        }
        return new SimulationReport(
                setup,
                limit,
                arms.stream().map(arm -> ArmReport.of(setup, arm, rates, limit)).toList());
    }

    /**
     * Returns the sustained rate of an arm over that of the static one; NaN if that was not run.
     */
    double ratio(ArmReport arm) {
        return arms.stream()
                .filter(other -> other.arm() == Arm.STATIC)
                .mapToDouble(other -> arm.sustained() / other.sustained())
                .findFirst()
                .orElse(Double.NaN);
    }

    /** Returns the figures as lines for people. */
    public List<String> lines() {
        var lines = new ArrayList<String>();
        lines.add(row("arm", "rate", "requests", "mean", "p90", "imbalance", "moved", "plans"));
        for (var arm : arms) {
            for (var run : arm.runs()) {
                lines.add(
                        row(
                                arm.arm().label(),
                                number("%.2f", run.rate()),
                                run.requests(),
                                number("%.4f", run.secondsPerToken().mean()),
                                number("%.4f", run.secondsPerToken().p90()),
                                number("%.2f", run.imbalance()),
                                run.moved(),
                                run.plans()));
            }
        }
        lines.add("");
        for (var arm : arms) {
            lines.add(
                    "%-14s sustains %s requests/s at %s s/token, %s times static"
                            .formatted(
                                    arm.arm().label(),
                                    number("%.2f", arm.sustained()),
                                    limit,
                                    number("%.2f", ratio(arm))));
        }
        return lines;
    }

    private static String row(Object... cells) {
        return String.format(Locale.ROOT, "%-14s %8s %9s %9s %9s %10s %7s %6s", cells);
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    /** Returns the figures for programs: names in snake case, times in seconds. */
    public Map<String, Object> values() {
        var values = new LinkedHashMap<String, Object>();
        values.put("replicas", setup.replicas());
        values.put("adapters", setup.adapters());
        values.put("zipf", setup.zipf());
        values.put("policy", setup.policy().label());
        values.put("resident_adapters", setup.residentAdapters());
        values.put("seconds", setup.seconds());
        values.put("seed", setup.seed());
        values.put("limit_s_per_token", limit);
        values.put("arms", arms.stream().map(this::values).toList());
        return values;
    }

    private Map<String, Object> values(ArmReport arm) {
        var values = new LinkedHashMap<String, Object>();
        values.put("arm", arm.arm().label());
        values.put("sustained_req_s", arm.sustained());
        if (Double.isFinite(ratio(arm))) {
            values.put("times_static", ratio(arm));
        }
        values.put("runs", arm.runs().stream().map(RunReport::values).toList());
        return values;
    }
}
