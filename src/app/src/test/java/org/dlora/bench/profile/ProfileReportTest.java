package org.dlora.bench.profile;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.dlora.device.cpu.limits.CpuLimits;
import org.dlora.device.cpu.natives.KernelFamily;
import org.junit.jupiter.api.Test;

/** The figures of a report, from steps whose times and costs are given. */
class ProfileReportTest {
    private static final CpuLimits FIRST =
            new CpuLimits(4, 10e9, 20e9, 100e9, OptionalDouble.of(400e9));
    private static final CpuLimits SECOND =
            new CpuLimits(4, 12e9, 30e9, 90e9, OptionalDouble.of(410e9));

    /** Reads 2 GB, which takes 0.1 s, and multiplies 1 GFLOP, which takes 0.01 s. */
    private static final Cost LINEAR = new Cost(2e9, 0, 1e9, 0);

    /** Moves activations alone, which has no limit. */
    private static final Cost NORM = Cost.ofActivations(1e9);

    private static final Roofline ROOFLINE = new Roofline(20e9, 100e9, 400e9);

    private final ProfileReport report = report(new ProfileShape(8, 20, 2, List.of("a", "b", "c")));

    private static ProfileReport report(ProfileShape shape) {
        return new ProfileReport(
                new StepProfiles(
                        shape,
                        "AMX in C (the only ones)",
                        KernelFamily.AMX,
                        profile("prefill", 8, step(0.5, 0.4, 0.05), step(0.3, 0.2, 0.05)),
                        profile("decode", 2, step(0.25, 0.2, 0.025)),
                        List.of(FIRST, SECOND)));
    }

    private static StepProfile profile(String title, int rows, ProfiledStep... steps) {
        return new StepProfile(title, rows, List.of(new StepRound(ROOFLINE, List.of(steps))));
    }

    private static ProfiledStep step(double seconds, double linear, double norm) {
        var operations = new LinkedHashMap<String, Tally>();
        operations.put("rmsNorm", new Tally(3, norm, NORM));
        operations.put("linear qkv", new Tally(4, linear, LINEAR));
        return new ProfiledStep(seconds, operations);
    }

    @Test
    void linesShowTheMachineTheOperationsAndASummary() {
        assertThat(report.lines())
                .containsExactly(
                        "kernels: AMX in C (the only ones)",
                        "limits: 4 threads read 20..30 GB/s (one 10..12), FMA 90..100 GFLOP/s, bf16 by AMX 400..410 GFLOP/s",
                        "",
                        "prefill, 8 tokens; mean of 2 steps",
                        "operation            calls        ms    median  share    GB/s  GFLOP/s  of limit    median",
                        "rmsNorm                  3    50.000    50.000  12.5%    20.0        -         -         -",
                        "linear qkv               4   300.000   300.000  75.0%     6.7      3.3     33.3%     37.5%",
                        "rest                          50.000         -  12.5%",
                        "step                         400.000   400.000 100.0%",
                        "",
                        "decode, 2 sequences from 8 tokens of context on, 2 adapters; mean of 1 step",
                        "operation            calls        ms    median  share    GB/s  GFLOP/s  of limit    median",
                        "rmsNorm                  3    25.000    25.000  10.0%    40.0        -         -         -",
                        "linear qkv               4   200.000   200.000  80.0%    10.0      5.0     50.0%     50.0%",
                        "rest                          25.000         -  10.0%",
                        "step                         250.000   250.000 100.0%",
                        "",
                        "prefill: step 400.00 ms (median), 20.0 tokens/s; linear layers at 33.3% of their limit, the whole step at 25.0% (medians 37.5%, 26.7%)",
                        "decode: step 250.00 ms (median), 8.0 tokens/s; linear layers at 50.0% of their limit, the whole step at 40.0% (medians 50.0%, 40.0%)");
    }

    @Test
    void oneSequenceAndOneAdapterAreSingular() {
        assertThat(report(new ProfileShape(8, 20, 1, List.of("a", "b"))).lines())
                .anyMatch(line ->
                        line.startsWith(
                                "decode, 1 sequence from 8 tokens of context on, 1 adapter;"));
    }

    @Test
    void valuesHaveTheFiguresInMilliseconds() {
        assertThat(report.values())
                .containsEntry("prompt_tokens", 8)
                .containsEntry("output_tokens", 20)
                .containsEntry("batch", 2)
                .containsEntry("adapters", List.of("a", "b", "c"))
                .containsEntry(
                        "kernels",
                        Map.of(
                                "family",
                                "amx",
                                "numeric_mode",
                                "bfloat16-amx",
                                "description",
                                "AMX in C (the only ones)"))
                .containsEntry(
                        "limits",
                        Map.of(
                                "threads",
                                4,
                                "read_gb_s",
                                List.of(20.0, 30.0),
                                "read_one_thread_gb_s",
                                List.of(10.0, 12.0),
                                "fma_gflop_s",
                                List.of(100.0, 90.0),
                                "bf16_gflop_s",
                                List.of(400.0, 410.0)));
        var prefill = part(report.values(), "prefill");
        assertThat(prefill).containsEntry("rows", 8).containsEntry("steps", 2);
        assertFigure(prefill, "step_ms", 400);
        assertFigure(prefill, "step_median_ms", 400);
        assertFigure(prefill, "tok_s", 20);
        assertFigure(prefill, "rest_ms", 50);
        assertFigure(prefill, "linear_of_limit", 1 / 3.0);
        assertFigure(prefill, "linear_of_limit_median", (0.25 + 0.5) / 2);
        assertFigure(prefill, "step_of_limit", 0.25);
        assertFigure(prefill, "step_of_limit_median", (0.2 + 1 / 3.0) / 2);
    }

    @Test
    void valuesOfAnOperationHaveALimitWhereThereIsOne() {
        var operations = part(part(report.values(), "prefill"), "operations");
        var linear = part(operations, "linear qkv");
        assertFigure(linear, "calls", 4);
        assertFigure(linear, "ms", 300);
        assertFigure(linear, "median_ms", 300);
        assertFigure(linear, "gb_s", 4 / 0.6);
        assertFigure(linear, "gflop_s", 2 / 0.6);
        assertFigure(linear, "of_limit", 1 / 3.0);
        assertFigure(linear, "of_limit_median", 0.375);
        var norm = part(operations, "rmsNorm");
        assertFigure(norm, "gb_s", 20);
        assertThat(norm).doesNotContainKeys("of_limit", "of_limit_median");
    }

    @Test
    void kernelsWithoutUnitsForBfloat16HaveNoLimitOfThem() {
        var plain = new CpuLimits(1, 10e9, 10e9, 50e9, OptionalDouble.empty());
        var one = profile("decode", 1, step(1, 0.5, 0.1));
        var without =
                new ProfileReport(
                        new StepProfiles(
                                new ProfileShape(1, 1, 1, List.of()),
                                "Java",
                                KernelFamily.JAVA,
                                one,
                                one,
                                List.of(plain)));

        assertThat(without.lines().get(1))
                .isEqualTo(
                        "limits: 1 threads read 10..10 GB/s (one 10..10), FMA 50..50 GFLOP/s, bf16 by FMA");
        assertThat(part(without.values(), "limits")).doesNotContainKey("bf16_gflop_s");
        // Without bfloat16 units, float32 units compute products with bfloat16 weights.
        assertThat(Roofline.between(plain, plain).seconds(new Cost(0, 0, 0, 50e9))).isEqualTo(1);
    }

    /** The profiler's clock and the operations' clocks may differ by less than a rest. */
    @Test
    void operationsLongerThanTheirStepsLeaveNoRest() {
        assertThat(profile("decode", 1, step(0.1, 0.2, 0.1)).restSeconds()).isZero();
    }

    @Test
    void anOperationThatSomeStepsLackCountsInThoseThatHaveIt() {
        var profile =
                profile(
                        "decode",
                        1,
                        step(1, 0.2, 0.1),
                        new ProfiledStep(3, Map.of()),
                        step(1, 0.4, 0));
        assertThat(profile.operations().get("linear qkv"))
                .isEqualTo(new Tally(8, 0.2 + 0.4, LINEAR.plus(LINEAR)));
        // The median over all three steps, and the share of the two that have it.
        assertThat(profile.medianSeconds("linear qkv")).isEqualTo(0.2);
        assertThat(profile.medianShare("linear qkv")).isEqualTo(0.375, within(1e-12));
    }

    @Test
    void aProfileWithoutStepsIsADefect() {
        assertThatIllegalStateException()
                .isThrownBy(() -> profile("decode", 3))
                .withMessage("No step of 3 rows ran");
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> part(Map<String, Object> values, String name) {
        return requireNonNull((Map<String, Object>) values.get(name));
    }

    private static void assertFigure(Map<String, Object> values, String name, double expected) {
        assertThat((Double) values.get(name)).as(name).isEqualTo(expected, within(1e-9));
    }
}
