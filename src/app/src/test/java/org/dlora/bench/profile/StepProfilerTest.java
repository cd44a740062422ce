package org.dlora.bench.profile;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.dlora.adapter.AdapterLoader;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.device.KvLayout;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.cpu.limits.CpuLimits;
import org.dlora.engine.Replica;
import org.dlora.engine.ReplicaSettings;
import org.dlora.engine.merging.MergePermits;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;

/** Profiles of real steps of a small model. */
class StepProfilerTest {
    private static final Path GOLDEN = TestFiles.golden();
    private static final int LAYERS = 4;

    /** A window that ends after one round of decode steps. */
    private static final Duration ONE_ROUND = Duration.ZERO;

    /** Milliseconds of compilers, more than any round takes. */
    private static final long BUSY = 1_000_000;

    private static final CpuLimits LIMITS =
            new CpuLimits(2, 20e9, 30e9, 400e9, OptionalDouble.of(800e9));

    @Test
    void countsEveryOperationOfTheRequestedSteps() {
        var profiles = report(new ProfileShape(24, 60, 3, List.of())).profiles();

        assertThat(profiles.prefill().rows()).isEqualTo(24);
        assertThat(profiles.decode().rows()).isEqualTo(3);
        assertThat(profiles.decode().steps()).hasSizeGreaterThanOrEqualTo(6);
        for (var profile : List.of(profiles.prefill(), profiles.decode())) {
            var qkv = requireNonNull(profile.operations().get("linear qkv"));
            int steps = profile.steps().size();
            assertThat(qkv.calls()).isEqualTo((long) LAYERS * steps);
            assertThat(profile.operations())
                    .containsKeys("embed", "rmsNorm", "linear down", "linear lm_head", "attention")
                    .doesNotContainKey("lora");
            assertThat(profile.operations().values().stream().mapToDouble(Tally::seconds).sum())
                    .isPositive()
                    .isLessThanOrEqualTo(profile.seconds());
        }
    }

    @Test
    void dealsAdaptersOutToSequences() {
        var profiles = report(new ProfileShape(8, 100, 4, List.of("a", "b"))).profiles();

        var lora = requireNonNull(profiles.decode().operations().get("lora"));

        assertThat(lora.calls()).isPositive();
        assertThat(lora.cost().bytes()).isPositive();
    }

    @Test
    void reportHasARowPerOperationAndASummary() {
        var report = report(new ProfileShape(8, 200, 1, List.of()));

        assertThat(String.join("\n", report.lines()))
                .contains(
                        "kernels: " + new CpuDevice().kernels(),
                        "2 threads read 30..30 GB/s (one 20..20), FMA 400..400 GFLOP/s, bf16 by Java 800..800 GFLOP/s")
                .containsPattern("prefill, 8 tokens; mean of \\d+ steps")
                .containsPattern("linear qkv +4 +\\d+\\.\\d{3} +\\d+\\.\\d{3} +\\d+\\.\\d% ")
                .containsPattern("rest +\\d+\\.\\d{3} ")
                .containsPattern(
                        "decode: step .* ms \\(median\\), .* tokens/s; linear layers at .*% of their limit, the whole step at .*% \\(medians .*%, .*%\\)");
        assertThat(report.values()).containsKeys("limits", "prefill", "decode");
    }

    @Test
    void warmUpEndsAfterTwoQuietWindowsInARow() {
        var shape = new ProfileShape(8, 200, 1, List.of());
        var cold = new SimpleMeterRegistry();
        var warm = new SimpleMeterRegistry();
        // Before and after each window: busy, quiet, busy, quiet, quiet.
        var millis = LongStream.of(0, 1, 1, 1, 1, 2, 2, 2, 2, 2).map(i -> i * BUSY).iterator();

        report(shape, Duration.ZERO, StepProfiler::compilerMillis, cold);
        report(shape, Duration.ofMinutes(1), millis::nextLong, warm);

        assertThat(requests(warm)).isEqualTo(requests(cold) + 5);
    }

    private static double requests(MeterRegistry meters) {
        return meters.get("dlora.requests").counters().stream().mapToDouble(Counter::count).sum();
    }

    @Test
    void refusesAShapeWithoutSteps() {
        assertThatThrownBy(() -> new ProfileShape(8, 0, 1, List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 output token and");
    }

    private static ProfileReport report(ProfileShape shape) {
        return report(
                shape,
                Duration.ofMillis(1),
                StepProfiler::compilerMillis,
                new SimpleMeterRegistry());
    }

    private static ProfileReport report(
            ProfileShape shape,
            Duration mostWarmUp,
            LongSupplier compilerMillis,
            MeterRegistry meters) {
        try (var model = BaseModel.open(GOLDEN.resolve("models/llama-gqa"));
                var device = new CpuDevice();
                var weights =
                        DecoderWeights.pack(
                                model,
                                device,
                                WeightPrecision.AUTO,
                                shape.sequenceTokens(),
                                _ -> {});
                var adapter =
                        AdapterLoader.load(GOLDEN.resolve("adapters/llama-gqa/patterns"), model);
                var terms = AdapterWeights.upload(adapter, device, WeightPrecision.AUTO)) {
            var profiler =
                    new StepProfiler(shape, weights.sites(), mostWarmUp, ONE_ROUND, compilerMillis);
            var limits = new StepLimits(shape.batch(), shape.stepRows(), KvLayout.BLOCK_TOKENS);
            var settings =
                    new ReplicaSettings(
                            "test", limits, 64, DType.F32, shape.sequenceTokens(), false);
            try (var replica =
                    new Replica(
                            settings,
                            model,
                            weights,
                            profiler.device(device),
                            1,
                            Map.of("a", terms, "b", terms),
                            MergePermits.ALL,
                            SchedulingSettings.DEFAULT,
                            meters)) {
                replica.start();
                return profiler.run(replica, model.spec().vocabSize(), device, () -> LIMITS);
            }
        }
    }
}
