package org.dlora.engine.merging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.Optional;
import org.dlora.adapter.AdapterFolders;
import org.dlora.adapter.AdapterLoader;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.device.ForwardingDevice;
import org.dlora.device.Operations;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.tensor.DType;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Measured accuracy of merges of adapters whose size is known. */
class MergeProbeTest {
    private static final Path ROOT = TestFiles.golden();

    /** Largest relative error of rounding to bfloat16. */
    private static final double BFLOAT16 = 0x1p-8;

    private static Optional<MergeFidelity> measure(
            Path model, Path adapter, WeightPrecision precision, CpuDevice.Native use) {
        try (var base = BaseModel.open(model);
                var device = new CpuDevice(use)) {
            MergeFidelity[] measured = new MergeFidelity[1];
            try (var weights = DecoderWeights.pack(base, device, precision, 64, _ -> {});
                    var loaded = AdapterLoader.load(adapter, base);
                    var uploaded = AdapterWeights.upload(loaded, device, precision)) {
                long before = device.bytes();
                var prompt = base.tokenizer().encode(MergeProbe.PROMPT, true);
                try (var probe =
                        new MergeProbe(base.spec(), weights, device, 2, DType.F32, prompt)) {
                    var fidelity = probe.measure(uploaded);
                    assertThat(probe.measure(uploaded)).isEqualTo(fidelity);
                    fidelity.ifPresent(one -> measured[0] = one);
                }
                assertThat(device.bytes()).isEqualTo(before);
            }
            assertThat(device.bytes()).isZero();
            return Optional.ofNullable(measured[0]);
        }
    }

    private static Optional<MergeFidelity> golden(
            String model, String adapter, WeightPrecision precision, CpuDevice.Native use) {
        return measure(
                ROOT.resolve("models").resolve(model),
                ROOT.resolve("adapters").resolve(model).resolve(adapter),
                precision,
                use);
    }

    @ParameterizedTest
    @CsvSource({
        "llama-gqa, r8-all-bf16",
        "llama-gqa, dora",
        "llama-gqa, lora-embed-head",
        "qwen2, dora",
        "qwen2, bias-all",
        "mistral, r8-all"
    })
    void inFloat32AllSurvives(String model, String adapter) {
        var fidelity =
                golden(model, adapter, WeightPrecision.FLOAT32, CpuDevice.Native.OFF).orElseThrow();
        assertThat(fidelity.survival()).isBetween(0.9999, 1.0);
        assertThat(fidelity.logitDeviation()).isLessThan(1e-4);
        assertThat(fidelity.mixedNoise()).isLessThan(1e-4);
    }

    /**
     * Each of the m merged matrices has weights off by up to 2⁻⁸ of their size, as if at random:
     * 2⁻⁸/√3 in the square mean, which adds to its output in the square mean too. Over m matrices
     * that is √m times as much, and what follows may amplify it.
     */
    @ParameterizedTest
    @CsvSource({
        "llama-gqa, r8-all-bf16, OFF",
        "llama-gqa, r8-all-bf16, AUTO",
        "llama-gqa, dora, OFF",
        "qwen2, r8-all-bf16, OFF",
        "qwen2, dora, AUTO"
    })
    void inBfloat16LogitsDeviateAsRoundingOfTheWeightsExplains(
            String model, String adapter, CpuDevice.Native use) {
        var fidelity = golden(model, adapter, WeightPrecision.BFLOAT16, use).orElseThrow();
        int matrices = 7 * 4;
        double rounding = Math.sqrt(matrices) * BFLOAT16 / Math.sqrt(3);
        assertThat(fidelity.logitDeviation()).isBetween(1e-4, 2 * rounding);
        assertThat(fidelity.mixedNoise()).isBetween(1e-4, 2 * rounding);
        assertThat(fidelity.survival()).isBetween(0.5, 0.9999);
    }

    @ParameterizedTest
    @EnumSource(names = {"OFF", "AUTO"}) // The others are kernels that some processors lack.
    void changeBelowTheRoundingStepDoesNotSurvive(CpuDevice.Native use, @TempDir Path folder) {
        var config = AdapterFolders.config();
        config.put("lora_alpha", 1e-6);
        AdapterFolders.write(folder, config, AdapterFolders.tensors());
        var fidelity =
                measure(AdapterFolders.BASE, folder, WeightPrecision.BFLOAT16, use).orElseThrow();
        assertThat(fidelity.survival()).isBetween(0.0, 0.05);
    }

    @Test
    void adaptersThatCannotBeMergedAreNotMeasured() {
        assertThat(golden("qwen2", "save-embed", WeightPrecision.FLOAT32, CpuDevice.Native.OFF))
                .isEmpty();
    }

    /** A device whose memory ends once there is a KV cache. */
    private static final class WithoutOperations extends ForwardingDevice {
        @Override
        public Operations open(int threads) {
            throw new OutOfMemoryError("full");
        }
    }

    @Test
    void failedOpeningFreesAllMemory() {
        var device = new WithoutOperations();
        try (var base = BaseModel.open(ROOT.resolve("models/qwen2"));
                var weights =
                        DecoderWeights.pack(base, device, WeightPrecision.FLOAT32, 64, _ -> {})) {
            long before = device.bytes();
            assertThatExceptionOfType(OutOfMemoryError.class)
                    .isThrownBy(() ->
                            new MergeProbe(
                                    base.spec(), weights, device, 1, DType.F32, new int[] {1}));
            assertThat(device.bytes()).isEqualTo(before);
        }
    }
}
