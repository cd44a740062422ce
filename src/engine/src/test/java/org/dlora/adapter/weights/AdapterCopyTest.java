package org.dlora.adapter.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dlora.adapter.AdapterLoader;
import org.dlora.adapter.GoldenAdapters;
import org.dlora.device.CopyMismatchException;
import org.dlora.device.Device;
import org.dlora.device.KvLayout;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.RaggedBatch;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.engine.merging.PassingWeights;
import org.dlora.model.BaseModel;
import org.dlora.model.LayerSite;
import org.dlora.model.forward.LoraGroups;
import org.dlora.model.forward.Transformer;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.StepWeights;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An adapter that is copied from one device of a process to another is the same adapter. */
class AdapterCopyTest {
    private static final int ROWS = 12;
    private static final Path ADAPTERS = GoldenAdapters.GOLDEN.resolve("adapters");

    private final CpuDevice first = new CpuDevice(CpuDevice.Native.AUTO);
    private final CpuDevice second = new CpuDevice(CpuDevice.Native.AUTO);
    private final Arena arena = Arena.ofShared();

    @AfterEach
    void free() {
        arena.close();
        assertThat(first.bytes()).isZero();
        assertThat(second.bytes()).isZero();
    }

    static Stream<Path> adapters() {
        return GoldenAdapters.folders(GoldenAdapters.GOLDEN).stream()
                .filter(GoldenAdapters::isSupported);
    }

    @ParameterizedTest
    @MethodSource("adapters")
    void aCopyHasTheSameContentAndGivesTheSameBits(Path folder) {
        try (var base = BaseModel.open(GoldenAdapters.base(folder));
                var original = upload(folder, base)) {
            var bytes = copy(original);
            var copy = new AdapterCopy(bytes);
            assertThat(copy.deviceBytes()).isEqualTo(original.bytes());
            long before = second.bytes();

            var copied = copy.upload(second, base.spec());

            assertThat(second.bytes()).isEqualTo(before + original.bytes());
            assertThat(copied.bytes()).isEqualTo(original.bytes());
            assertThat(copied.name()).isEqualTo(original.name());
            assertThat(copied.version()).isEqualTo(original.version());
            assertThat(copied.merge().obstacle()).isEqualTo(original.merge().obstacle());
            assertThat(copied.merge().mixingObstacle())
                    .isEqualTo(original.merge().mixingObstacle());
            assertThat(copy(copied).mismatch(bytes)).isEqualTo(-1);
            assertThat(results(base, second, copied)).isDeepEqualTo(results(base, first, original));
            copied.close();
            assertThat(second.bytes()).isEqualTo(before);
        }
    }

    @Test
    void aCopyThatIsCutShortIsRefused() {
        var folder = ADAPTERS.resolve("llama-gqa/dora");
        try (var base = BaseModel.open(GoldenAdapters.base(folder));
                var original = upload(folder, base)) {
            var bytes = copy(original);
            for (long size = 0; size < bytes.byteSize(); size += 1 + bytes.byteSize() / 50) {
                var part = bytes.asSlice(0, size);
                assertThatThrownBy(() -> new AdapterCopy(part))
                        .isInstanceOf(CopyMismatchException.class)
                        .hasMessageContaining(size + " bytes");
            }
            assertThatThrownBy(() -> original.copyOut(bytes.asSlice(1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected " + bytes.byteSize());
        }
    }

    @Test
    void aCopyOfAnotherFormatIsRefused() {
        var bytes = arena.allocate(100);
        assertThatThrownBy(() -> new AdapterCopy(bytes))
                .isInstanceOf(CopyMismatchException.class)
                .hasMessage("A copy of format 0x0: expected format 0x644c4101, of an adapter");
    }

    @Test
    void aCopyForAnotherModelIsRefusedAndTakesNoMemory() {
        var folder = ADAPTERS.resolve("llama-gqa/r8-all-bf16");
        var other = ADAPTERS.resolve("qwen2/r8-all-bf16");
        try (var base = BaseModel.open(GoldenAdapters.base(folder));
                var otherBase = BaseModel.open(GoldenAdapters.base(other));
                var original = upload(folder, base)) {
            var bytes = copy(original);

            assertThatThrownBy(() -> new AdapterCopy(bytes).upload(second, otherBase.spec()))
                    .isInstanceOf(CopyMismatchException.class)
                    .hasMessageContainingAll("An adapter of ", "expected a model's, of ");
            assertThat(second.bytes()).isZero();
        }
    }

    private AdapterWeights upload(Path folder, BaseModel base) {
        try (var adapter = AdapterLoader.load(folder, base)) {
            return AdapterWeights.upload(adapter, first, WeightPrecision.AUTO);
        }
    }

    private MemorySegment copy(AdapterWeights weights) {
        var bytes = arena.allocate(weights.copyBytes());
        weights.copyOut(bytes);
        return bytes;
    }

    /** Returns logits of rows of the adapter, unmerged, then merged beside rows of the base. */
    private static float[][] results(BaseModel base, Device device, AdapterWeights adapter) {
        var results = new ArrayList<float[]>();
        try (var weights = DecoderWeights.pack(base, device, WeightPrecision.AUTO, ROWS, _ -> {});
                var operations = device.open(2)) {
            results.addAll(logits(base, weights, device, adapter::terms, adapter::terms));
            var merge = adapter.merge();
            if (merge.obstacle().isEmpty()) {
                try (var merged = new PassingWeights(weights, device, operations, merge)) {
                    results.addAll(logits(base, merged, device, merge::own, merge::undo));
                }
            }
        }
        return results.toArray(float[][]::new);
    }

    /** Returns logits of two sequences of the same tokens, with the terms of each. */
    private static List<float[]> logits(
            BaseModel base,
            StepWeights weights,
            Device device,
            Function<LayerSite, List<LoraTerm>> one,
            Function<LayerSite, List<LoraTerm>> two) {
        var spec = base.spec();
        var tokens = IntStream.range(0, 2 * ROWS).map(i -> 3 + 7 * (i % ROWS)).toArray();
        var positions = IntStream.range(0, 2 * ROWS).map(i -> i % ROWS).toArray();
        var batch =
                new RaggedBatch(
                        tokens,
                        positions,
                        List.of(
                                new RaggedBatch.Chunk(0, ROWS, 0, new int[] {0}),
                                new RaggedBatch.Chunk(ROWS, ROWS, 0, new int[] {1})));
        LoraGroups groups =
                at ->
                        Stream.of(
                                        new LoraGroup(0, ROWS, one.apply(at)),
                                        new LoraGroup(ROWS, ROWS, two.apply(at)))
                                .filter(group -> !group.terms().isEmpty())
                                .toList();
        var layout = new KvLayout(spec.layers(), spec.kvHeads(), spec.headDim(), 2, DType.F32);
        try (var operations = device.open(2);
                var cache = device.kvCache(layout);
                var transformer = new Transformer(spec, weights, operations, 2 * ROWS, 2 * ROWS)) {
            var rows = IntStream.range(0, 2 * ROWS).toArray();
            var logits = transformer.forward(batch, groups, cache, rows);
            return IntStream.of(rows)
                    .mapToObj(row -> {
                        var values = new float[spec.vocabSize()];
                        operations.read(logits, row, values);
                        return values;
                    })
                    .toList();
        }
    }
}
