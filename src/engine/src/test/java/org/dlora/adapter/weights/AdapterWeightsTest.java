package org.dlora.adapter.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dlora.adapter.AdapterLoader;
import org.dlora.adapter.GoldenAdapters;
import org.dlora.device.Device;
import org.dlora.device.DeviceMemory;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.LoraTerm.Replacement;
import org.dlora.device.LoraTerm.Shift;
import org.dlora.device.Operations;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;
import org.dlora.model.BaseModel;
import org.dlora.model.LayerSite;
import org.dlora.model.LinearSite;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdapterWeightsTest {
    private static final Path ADAPTERS = GoldenAdapters.GOLDEN.resolve("adapters/llama-gqa");
    private static final Path QWEN2 = GoldenAdapters.GOLDEN.resolve("adapters/qwen2");

    private final CountingDevice device = new CountingDevice();

    @ParameterizedTest
    @CsvSource({
        "r8-all-bf16, AUTO, BF16", "r8-all-bf16, FLOAT32, F32", "r8-all-bf16, BFLOAT16, BF16",
        "r16-attn-f16, AUTO, F32", "r16-attn-f16, FLOAT32, F32", "r16-attn-f16, BFLOAT16, F32",
        "r4-qv-f32, AUTO, F32", "r4-qv-f32, FLOAT32, F32", "r4-qv-f32, BFLOAT16, F32"
    })
    void neverLosesABit(String name, WeightPrecision precision, DType stored) {
        try (var weights = upload(name, precision)) {
            assertThat(weights.bytes()).isPositive();
            assertThat(device.packed)
                    .isNotEmpty()
                    .allMatch(packed -> packed instanceof Matrix m && m.dtype == stored);
        }
    }

    @Test
    void termsLieWhereTheirModulesAre() {
        try (var weights = upload("layers-1-3", WeightPrecision.AUTO)) {
            assertThat(weights.name()).isEqualTo("layers-1-3");
            assertThat(weights.terms(LinearSite.QKV.in(0))).isEmpty();
            assertThat(weights.terms(LinearSite.GATE_UP.in(1))).isEmpty();
            assertThat(weights.terms(LinearSite.QKV.in(99))).isEmpty();
            assertThat(weights.terms(LinearSite.O.in(1))).hasSize(1);
            assertThat(weights.terms(LinearSite.QKV.in(3)))
                    .hasSize(3)
                    .map(LowRank.class::cast)
                    .allSatisfy(term -> {
                        assertThat(term.a().rows()).isEqualTo(term.b().columns());
                        assertThat(term.firstOutput() + term.b().rows()).isLessThanOrEqualTo(128);
                    })
                    .extracting(term -> term.firstOutput())
                    .doesNotHaveDuplicates();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"r8-all-bf16", "dora", "lora-bias", "lora-embed-head", "save-embed"})
    void closingFreesEverything(String name) {
        var weights = upload(name, WeightPrecision.AUTO);
        assertThat(device.packed).isNotEmpty();
        assertThat(weights.bytes())
                .isEqualTo(device.packed.stream().mapToLong(Packed::bytes).sum());
        weights.close();
        assertThat(device.packed).allMatch(Packed::isClosed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"r8-all-bf16", "dora", "lora-bias", "lora-embed-head"})
    void aFailedUploadFreesWhatItHadPacked(String name) {
        for (int failAt = 0; failAt < 6; failAt++) {
            device.packed.clear();
            device.failAt = failAt;
            assertThatIllegalStateException().isThrownBy(() -> upload(name, WeightPrecision.AUTO));
            assertThat(device.packed).hasSize(failAt).allMatch(Packed::isClosed);
        }
    }

    @Test
    void plainTermsHaveNeitherGainNorShift() {
        try (var weights = upload("r8-all-bf16", WeightPrecision.AUTO)) {
            assertThat(weights.terms(LinearSite.QKV.in(2)))
                    .hasSize(3)
                    .map(LowRank.class::cast)
                    .allMatch(term -> term.gain().isEmpty() && term.shift().isEmpty());
            assertThat(weights.terms(LayerSite.EMBEDDING)).isEmpty();
            assertThat(weights.terms(LayerSite.OUTPUT)).isEmpty();
        }
    }

    @Test
    void retrainedEmbeddingsReplaceTheirLayer() {
        try (var weights = upload("save-embed", WeightPrecision.AUTO)) {
            assertThat(weights.terms(LayerSite.EMBEDDING))
                    .singleElement()
                    .isInstanceOf(Replacement.class);
            assertThat(weights.terms(LayerSite.OUTPUT)).isEmpty();
        }
    }

    @Test
    void retrainedBiasesOfModulesWithoutLowRankAreShifts() {
        try (var weights = upload(QWEN2.resolve("bias-all"), WeightPrecision.AUTO)) {
            var terms = weights.terms(LinearSite.QKV.in(0));
            assertThat(terms).filteredOn(LowRank.class::isInstance).hasSize(2);
            assertThat(terms)
                    .filteredOn(Shift.class::isInstance)
                    .singleElement()
                    .extracting(term -> ((Shift) term).firstOutput())
                    .isEqualTo(64);
        }
    }

    private AdapterWeights upload(String name, WeightPrecision precision) {
        return upload(ADAPTERS.resolve(name), precision);
    }

    private AdapterWeights upload(Path folder, WeightPrecision precision) {
        try (var base = BaseModel.open(GoldenAdapters.base(folder));
                var adapter = AdapterLoader.load(folder, base)) {
            return AdapterWeights.upload(adapter, device, precision);
        }
    }

    private interface Packed {
        long bytes();

        boolean isClosed();
    }

    private static final class Matrix implements WeightMatrix, Packed {
        private final Tensor tensor;
        private final DType dtype;
        private boolean closed;

        private Matrix(Tensor tensor, DType dtype) {
            this.tensor = tensor;
            this.dtype = dtype;
        }

        @Override
        public int rows() {
            return tensor.size(0);
        }

        @Override
        public int columns() {
            return tensor.size(1);
        }

        @Override
        public DType dtype() {
            return dtype;
        }

        @Override
        public long bytes() {
            return tensor.elements() * dtype.bytes();
        }

        @Override
        public boolean isClosed() {
            return closed;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private static final class Vector implements WeightVector, Packed {
        private final int size;
        private boolean closed;

        private Vector(int size) {
            this.size = size;
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public long bytes() {
            return 4L * size;
        }

        @Override
        public boolean isClosed() {
            return closed;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    /** Remembers what was packed. */
    private static final class CountingDevice implements Device {
        private final List<Packed> packed = new ArrayList<>();
        private int failAt = Integer.MAX_VALUE;

        @Override
        public String name() {
            return "counting";
        }

        @Override
        public String numericMode() {
            return "counting";
        }

        @Override
        public DeviceMemory memory() {
            return new DeviceMemory(Long.MAX_VALUE, 0);
        }

        private <T extends Packed> T keep(T memory) {
            if (packed.size() == failAt) {
                throw new IllegalStateException("full");
            }
            packed.add(memory);
            return memory;
        }

        @Override
        public WeightMatrix matrix(List<Tensor> parts, DType storage) {
            return keep(new Matrix(parts.getFirst(), storage));
        }

        @Override
        public WeightMatrix emptyLike(WeightMatrix matrix) {
            throw new UnsupportedOperationException();
        }

        @Override
        public WeightVector vector(List<Tensor> parts) {
            throw new UnsupportedOperationException();
        }

        @Override
        public WeightVector vector(float[] values) {
            return keep(new Vector(values.length));
        }

        @Override
        public long copyBytes(WeightMatrix matrix) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void copyOut(WeightMatrix matrix, MemorySegment to) {
            throw new UnsupportedOperationException();
        }

        @Override
        public WeightMatrix copyIn(MemorySegment from) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void read(WeightVector vector, float[] out) {
            throw new UnsupportedOperationException();
        }

        @Override
        public KvCache kvCache(KvLayout layout) {
            throw new UnsupportedOperationException();
        }

        @Override
        public DType kvDtype(DType weights) {
            return DType.F32;
        }

        @Override
        public long bytes() {
            return packed.stream().filter(one -> !one.isClosed()).mapToLong(Packed::bytes).sum();
        }

        @Override
        public Operations open(int threads) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
    }
}
