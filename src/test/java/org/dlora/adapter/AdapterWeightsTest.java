package org.dlora.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dlora.device.Device;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.Operations;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;
import org.dlora.model.BaseModel;
import org.dlora.model.LinearSite;
import org.dlora.model.WeightPrecision;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdapterWeightsTest {
    private static final Path ADAPTERS = GoldenAdapters.GOLDEN.resolve("adapters/llama-gqa");

    private final CountingDevice device = new CountingDevice();

    @ParameterizedTest
    @CsvSource({
        "r8-all-bf16, AUTO, BF16", "r8-all-bf16, FLOAT32, F32", "r8-all-bf16, BFLOAT16, BF16",
        "r16-attn-f16, AUTO, F32", "r16-attn-f16, FLOAT32, F32", "r16-attn-f16, BFLOAT16, F32",
        "r4-qv-f32, AUTO, F32", "r4-qv-f32, FLOAT32, F32", "r4-qv-f32, BFLOAT16, F32"
    })
    void neverLosesABit(String name, WeightPrecision precision, DType stored) {
        try (var weights = upload(name, precision)) {
            assertThat(device.matrices).isNotEmpty();
            assertThat(device.matrices).allMatch(matrix -> matrix.dtype == stored);
            assertThat(weights.bytes())
                    .isEqualTo(
                            device.matrices.stream().mapToLong(CountingDevice.Matrix::bytes).sum());
        }
    }

    @Test
    void termsLieWhereTheirModulesAre() {
        try (var weights = upload("layers-1-3", WeightPrecision.AUTO)) {
            assertThat(weights.name()).isEqualTo("layers-1-3");
            assertThat(weights.terms(0, LinearSite.QKV)).isEmpty();
            assertThat(weights.terms(1, LinearSite.GATE_UP)).isEmpty();
            assertThat(weights.terms(99, LinearSite.QKV)).isEmpty();
            assertThat(weights.terms(1, LinearSite.O)).hasSize(1);
            assertThat(weights.terms(3, LinearSite.QKV))
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

    @Test
    void closingFreesEveryMatrix() {
        upload("r8-all-bf16", WeightPrecision.AUTO).close();
        assertThat(device.matrices).isNotEmpty().allMatch(matrix -> matrix.closed);
    }

    @Test
    void aFailedUploadFreesWhatItHadPacked() {
        device.failAt = 5;
        assertThatIllegalStateException()
                .isThrownBy(() -> upload("r8-all-bf16", WeightPrecision.AUTO));
        assertThat(device.matrices).hasSize(5).allMatch(matrix -> matrix.closed);
    }

    private AdapterWeights upload(String name, WeightPrecision precision) {
        var folder = ADAPTERS.resolve(name);
        try (var base = BaseModel.open(GoldenAdapters.base(folder));
                var adapter = AdapterLoader.load(folder, base)) {
            return AdapterWeights.upload(adapter, device, precision);
        }
    }

    /** Remembers what was packed. */
    private static final class CountingDevice implements Device {
        private final List<Matrix> matrices = new ArrayList<>();
        private int failAt = Integer.MAX_VALUE;

        private static final class Matrix implements WeightMatrix {
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
            public void close() {
                closed = true;
            }
        }

        @Override
        public String name() {
            return "counting";
        }

        @Override
        public WeightMatrix matrix(List<Tensor> parts, DType storage) {
            if (matrices.size() == failAt) {
                throw new IllegalStateException("full");
            }
            var matrix = new Matrix(parts.getFirst(), storage);
            matrices.add(matrix);
            return matrix;
        }

        @Override
        public WeightVector vector(List<Tensor> parts) {
            throw new UnsupportedOperationException();
        }

        @Override
        public WeightVector vector(float[] values) {
            throw new UnsupportedOperationException();
        }

        @Override
        public KvCache kvCache(KvLayout layout) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Operations open(int threads) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
    }
}
