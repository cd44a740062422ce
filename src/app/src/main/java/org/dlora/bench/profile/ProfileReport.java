package org.dlora.bench.profile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.dlora.device.cpu.limits.CpuLimits;

/** Profiles beside the limits of the machine, as text or as values for JSON. */
public final class ProfileReport {
    private static final double GIGA = 1e9;
    private static final double MILLIS = 1e3;
    private static final String ROW = "%-18s %7s %9s %9s %6s %7s %8s %9s %9s";
    private static final String NONE = "-";

    private final StepProfiles profiles;

    ProfileReport(StepProfiles profiles) {
        this.profiles = profiles;
    }

    StepProfiles profiles() {
        return profiles;
    }

    /** Returns the report as lines for people. */
    public List<String> lines() {
        var lines = new ArrayList<String>();
        lines.add("kernels: " + profiles.kernels());
        lines.add(
                "limits: %d threads read %s GB/s (one %s), FMA %s GFLOP/s, bf16 %s"
                        .formatted(
                                profiles.limits().getFirst().threads(),
                                spread(CpuLimits::readBandwidth),
                                spread(CpuLimits::oneThreadBandwidth),
                                spread(CpuLimits::fmaPeak),
                                hasBf16()
                                        ? "by %s %s GFLOP/s"
                                                .formatted(
                                                        profiles.family().title(),
                                                        spread(ProfileReport::bf16Peak))
                                        : "by FMA"));
        var shape = profiles.shape();
        add(lines, profiles.prefill(), "%d tokens".formatted(shape.promptTokens()));
        add(
                lines,
                profiles.decode(),
                "%s from %d tokens of context on, %s"
                        .formatted(
                                count(shape.batch(), "sequence"),
                                shape.promptTokens(),
                                count(
                                        Math.min(shape.batch(), shape.adapters().size()),
                                        "adapter")));
        lines.add("");
        lines.add(summary(profiles.prefill()));
        lines.add(summary(profiles.decode()));
        return lines;
    }

    private static String count(int number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }

    /** Returns the report for programs: names in snake case, times in ms. */
    public Map<String, Object> values() {
        var values = new LinkedHashMap<String, Object>();
        var kernels = new LinkedHashMap<String, Object>();
        kernels.put("family", profiles.family().label());
        kernels.put("numeric_mode", profiles.family().mode().label());
        kernels.put("description", profiles.kernels());
        values.put("kernels", kernels);
        var machine = new LinkedHashMap<String, Object>();
        machine.put("threads", profiles.limits().getFirst().threads());
        machine.put("read_gb_s", all(CpuLimits::readBandwidth));
        machine.put("read_one_thread_gb_s", all(CpuLimits::oneThreadBandwidth));
        machine.put("fma_gflop_s", all(CpuLimits::fmaPeak));
        if (hasBf16()) {
            machine.put("bf16_gflop_s", all(ProfileReport::bf16Peak));
        }
        values.put("limits", machine);
        values.put("prompt_tokens", profiles.shape().promptTokens());
        values.put("output_tokens", profiles.shape().outputTokens());
        values.put("batch", profiles.shape().batch());
        values.put("adapters", profiles.shape().adapters());
        values.put("prefill", values(profiles.prefill()));
        values.put("decode", values(profiles.decode()));
        return values;
    }

    private boolean hasBf16() {
        return profiles.limits().getFirst().bf16Peak().isPresent();
    }

    private static double bf16Peak(CpuLimits limits) {
        return limits.bf16Peak().orElseThrow();
    }

    /** Returns each measurement of a limit, in billions. */
    private List<Double> all(ToDoubleFunction<CpuLimits> limit) {
        return profiles.limits().stream().map(one -> limit.applyAsDouble(one) / GIGA).toList();
    }

    /** Returns the least and the greatest measurement. */
    private String spread(ToDoubleFunction<CpuLimits> limit) {
        var sorted = all(limit).stream().sorted().toList();
        return "%.0f..%.0f".formatted(sorted.getFirst(), sorted.getLast());
    }

    private static void add(List<String> lines, StepProfile profile, String what) {
        int steps = profile.steps().size();
        lines.add("");
        lines.add("%s, %s; mean of %s".formatted(profile.title(), what, count(steps, "step")));
        lines.add(
                ROW.formatted(
                        "operation",
                        "calls",
                        "ms",
                        "median",
                        "share",
                        "GB/s",
                        "GFLOP/s",
                        "of limit",
                        "median"));
        profile.operations().forEach((name, tally) -> lines.add(row(name, tally, profile)));
        lines.add(plain("rest", profile.restSeconds(), NONE, profile));
        lines.add(plain("step", profile.seconds(), millis(profile.medianSeconds()), profile));
    }

    private static String row(String name, Tally tally, StepProfile profile) {
        int steps = profile.steps().size();
        var cost = tally.cost();
        return ROW.formatted(
                name,
                number(tally.calls() / (double) steps),
                millis(tally.seconds() / steps),
                millis(profile.medianSeconds(name)),
                percent(tally.seconds() / profile.seconds()),
                cost.allBytes() > 0
                        ? "%.1f".formatted(cost.allBytes() / tally.seconds() / GIGA)
                        : NONE,
                cost.allFlops() > 0
                        ? "%.1f".formatted(cost.allFlops() / tally.seconds() / GIGA)
                        : NONE,
                cost.hasLimit() ? percent(profile.share(name)) : NONE,
                cost.hasLimit() ? percent(profile.medianShare(name)) : NONE);
    }

    private static String plain(String name, double seconds, String median, StepProfile profile) {
        return ROW.formatted(
                        name,
                        "",
                        millis(seconds / profile.steps().size()),
                        median,
                        percent(seconds / profile.seconds()),
                        "",
                        "",
                        "",
                        "")
                .stripTrailing();
    }

    private static String summary(StepProfile profile) {
        return "%s: step %.2f ms (median), %.1f tokens/s; linear layers at %s of their limit, the whole step at %s (medians %s, %s)"
                .formatted(
                        profile.title(),
                        profile.medianSeconds() * MILLIS,
                        profile.tokensPerSecond(),
                        percent(profile.linearShare()),
                        percent(profile.stepShare()),
                        percent(profile.medianLinearShare()),
                        percent(profile.medianStepShare()));
    }

    private static Map<String, Object> values(StepProfile profile) {
        int steps = profile.steps().size();
        var values = new LinkedHashMap<String, Object>();
        values.put("rows", profile.rows());
        values.put("steps", steps);
        values.put("step_ms", profile.seconds() / steps * MILLIS);
        values.put("step_median_ms", profile.medianSeconds() * MILLIS);
        values.put("tok_s", profile.tokensPerSecond());
        values.put("linear_of_limit", profile.linearShare());
        values.put("step_of_limit", profile.stepShare());
        values.put("linear_of_limit_median", profile.medianLinearShare());
        values.put("step_of_limit_median", profile.medianStepShare());
        values.put("rest_ms", profile.restSeconds() / steps * MILLIS);
        var operations = new LinkedHashMap<String, Object>();
        profile.operations()
                .forEach((name, tally) -> operations.put(name, values(name, tally, profile)));
        values.put("operations", operations);
        return values;
    }

    private static Map<String, Object> values(String name, Tally tally, StepProfile profile) {
        int steps = profile.steps().size();
        var cost = tally.cost();
        var values = new LinkedHashMap<String, Object>();
        values.put("calls", tally.calls() / (double) steps);
        values.put("ms", tally.seconds() / steps * MILLIS);
        values.put("median_ms", profile.medianSeconds(name) * MILLIS);
        values.put("gb_s", cost.allBytes() / tally.seconds() / GIGA);
        values.put("gflop_s", cost.allFlops() / tally.seconds() / GIGA);
        if (cost.hasLimit()) {
            values.put("of_limit", profile.share(name));
            values.put("of_limit_median", profile.medianShare(name));
        }
        return values;
    }

    private static String millis(double seconds) {
        return "%.3f".formatted(seconds * MILLIS);
    }

    private static String percent(double share) {
        return "%.1f%%".formatted(100 * share);
    }

    /** Formats a number without a fraction where it has none. */
    private static String number(double value) {
        return value == Math.rint(value) ? "%.0f".formatted(value) : "%.1f".formatted(value);
    }
}
