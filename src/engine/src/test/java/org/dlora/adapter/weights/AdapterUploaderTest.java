package org.dlora.adapter.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.dlora.adapter.AdapterLoader;
import org.dlora.adapter.GoldenAdapters;
import org.dlora.adapter.content.Adapter;
import org.dlora.adapter.content.LoraModule;
import org.dlora.adapter.content.Retrained;
import org.dlora.device.ForwardingDevice;
import org.dlora.device.MemoryFullException;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryUse;
import org.dlora.device.WeightMatrix;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Memory of an adapter is reserved before its upload, and given back with its weights. */
class AdapterUploaderTest {
    private static final Path R8 = GoldenAdapters.GOLDEN.resolve("adapters/llama-gqa/r8-all-bf16");

    @ParameterizedTest
    @MethodSource("folders")
    void reservesAtLeastWhatTheUploadTakesAndCorrectsIt(Path folder) {
        for (var precision : WeightPrecision.values()) {
            var device = new CpuDevice();
            var uploader = new AdapterUploader(device, precision, MemoryLedger.unlimited());
            try (var base = BaseModel.open(GoldenAdapters.base(folder));
                    var adapter = AdapterLoader.load(folder, base);
                    var weights = uploader.upload(adapter)) {
                assertThat(device.bytes()).isEqualTo(weights.bytes());
                assertThat(uploader.bytes(adapter))
                        .isGreaterThanOrEqualTo(weights.bytes())
                        .isLessThanOrEqualTo(weights.bytes() + vectors(adapter));
                assertThat(uploader.ledger().taken(MemoryUse.ADAPTERS)).isEqualTo(device.bytes());
            }
            assertThat(uploader.ledger().taken()).isZero();
        }
    }

    static Stream<Path> folders() {
        return Stream.of(GoldenAdapters.GOLDEN, GoldenAdapters.VECTORS)
                .flatMap(set -> GoldenAdapters.folders(set).stream())
                .filter(GoldenAdapters::isSupported);
    }

    /** Bytes of the vectors that an upload may turn out not to need; plain LoRA has none. */
    private static long vectors(Adapter adapter) {
        var tensors = adapter.tensors();
        long shifted =
                Stream.concat(
                                tensors.biases().stream().map(Retrained::module),
                                tensors.modules().stream()
                                        .filter(lora ->
                                                lora.biasOfB().isPresent()
                                                        || lora.magnitude().isPresent())
                                        .map(LoraModule::module))
                        .mapToLong(module -> 4L * module.outputs())
                        .sum();
        return 4 * shifted;
    }

    @Test
    void adapterThatDoesNotFitUploadsNothing() {
        try (var base = BaseModel.open(GoldenAdapters.base(R8));
                var adapter = AdapterLoader.load(R8, base)) {
            var device = new CpuDevice();
            long needed =
                    new AdapterUploader(device, WeightPrecision.AUTO, MemoryLedger.unlimited())
                            .bytes(adapter);
            var ledger = new MemoryLedger(2 * needed - 1);
            var uploader = new AdapterUploader(device, WeightPrecision.AUTO, ledger);
            var first = uploader.upload(adapter);
            assertThatExceptionOfType(MemoryFullException.class)
                    .isThrownBy(() -> uploader.upload(adapter))
                    .withMessageContaining("are needed");
            assertThat(device.bytes()).isEqualTo(needed);
            first.close();
            uploader.upload(adapter).close();
            assertThat(ledger.taken()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(WeightPrecision.class)
    void uploadThatFailsGivesItsReservationBack(WeightPrecision precision) {
        try (var base = BaseModel.open(GoldenAdapters.base(R8));
                var adapter = AdapterLoader.load(R8, base)) {
            var ledger = new MemoryLedger(1 << 30);
            var uploader = new AdapterUploader(new BrokenDevice(), precision, ledger);
            assertThatExceptionOfType(OutOfMemoryError.class)
                    .isThrownBy(() -> uploader.upload(adapter));
            assertThat(uploader.device().bytes()).isZero();
            assertThat(ledger.taken()).isZero();
        }
    }

    /** A device that has no memory for its fourth matrix. */
    private static final class BrokenDevice extends ForwardingDevice {
        private int matrices;

        @Override
        public WeightMatrix matrix(List<Tensor> parts, DType storage) {
            if (++matrices == 4) {
                throw new OutOfMemoryError("full");
            }
            return super.matrix(parts, storage);
        }
    }
}
