package org.dlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.dlora.device.Activations;
import org.dlora.device.Operations;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.model.forward.Transformer;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.WeightPrecision;
import org.junit.jupiter.api.Test;

/** The memory that a transformer allocates. */
class TransformerBuffersTest {
    private final List<Buffer> made = new ArrayList<>();

    private static final class Buffer implements Activations {
        private final int rows;
        private final int width;
        private boolean closed;

        Buffer(int rows, int width) {
            this.rows = rows;
            this.width = width;
        }

        @Override
        public int rows() {
            return rows;
        }

        @Override
        public int width() {
            return width;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    @Test
    void allocatesTheBytesItReports() {
        try (var model = BaseModel.open(Golden.model("qwen2"))) {
            build(model, Integer.MAX_VALUE).close();
            assertThat(made.stream().mapToLong(buffer -> 4L * buffer.rows * buffer.width).sum())
                    .isEqualTo(Transformer.bufferBytes(model.spec(), 7, 3));
            assertThat(made).allMatch(buffer -> buffer.closed);
        }
    }

    @Test
    void freesAllBuffersIfOneDoesNotFit() {
        try (var model = BaseModel.open(Golden.model("qwen2"))) {
            assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> build(model, 5));
            assertThat(made).hasSize(5).allMatch(buffer -> buffer.closed);
        }
    }

    /** Builds a transformer on a device that has room for {@code room} buffers. */
    private Transformer build(BaseModel model, int room) {
        var operations =
                (Operations)
                        Proxy.newProxyInstance(
                                Operations.class.getClassLoader(),
                                new Class<?>[] {Operations.class},
                                (_, _, args) -> {
                                    if (made.size() == room) {
                                        throw new OutOfMemoryError("full");
                                    }
                                    made.add(new Buffer((int) args[0], (int) args[1]));
                                    return made.getLast();
                                });
        try (var device = new CpuDevice();
                var weights =
                        DecoderWeights.pack(model, device, WeightPrecision.AUTO, 4, _ -> {})) {
            return new Transformer(model.spec(), weights, operations, 7, 3);
        }
    }
}
