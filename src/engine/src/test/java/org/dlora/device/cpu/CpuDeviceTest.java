package org.dlora.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvLayout;
import org.dlora.device.LoraBatch;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.LoraTerm.Replacement;
import org.dlora.device.LoraTerm.Shift;
import org.dlora.device.RaggedBatch;
import org.dlora.device.Step;
import org.dlora.device.StepEpoch;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.CpuKvCache;
import org.dlora.device.cpu.memory.CpuVector;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CpuDeviceTest {
    private final CpuDevice device = new CpuDevice();
    private final Session session = new Session(device, 2);
    private final Numbers numbers = new Numbers(1);

    @AfterEach
    void close() {
        session.close();
    }

    @Test
    void refusesToNarrowF16ToBf16() {
        assertThatThrownBy(() -> session.matrix(DType.BF16, numbers.tensor(DType.F16, 4, 4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("F16")
                .hasMessageContaining("store it as F32");
    }

    @ParameterizedTest
    @EnumSource(
            names = {"F32", "BF16"},
            mode = EnumSource.Mode.EXCLUDE)
    void refusesOtherStorage(DType dtype) {
        assertThatThrownBy(() -> session.matrix(dtype, numbers.tensor(DType.F32, 4, 4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected F32 or BF16");
        assertThatThrownBy(() -> session.kvCache(new KvLayout(1, 1, 4, 1, dtype)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected F32 or BF16");
    }

    @Test
    void refusesPartsThatDoNotStack() {
        assertThatThrownBy(() -> device.matrix(List.of(), DType.F32))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() ->
                        session.matrix(
                                DType.F32,
                                numbers.tensor(DType.F32, 4, 4),
                                numbers.tensor(DType.F32, 4, 5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[4, 5]")
                .hasMessageContaining("[4, 4]");
        Tensor flat = Numbers.tensor(DType.F32, List.of(4L), new float[4]);
        assertThatThrownBy(() -> session.matrix(DType.F32, flat))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void packsPanelsOnCacheLines() {
        var matrix = (PanelMatrix) session.matrix(DType.BF16, numbers.tensor(DType.BF16, 33, 7));
        assertThat(matrix.segment().address() % 64).isZero();
        assertThat(matrix.bytes()).isEqualTo((long) matrix.panels() * matrix.lanes() * 8 * 2);
    }

    @Test
    void concatenatesVectors() {
        try (var vector =
                (CpuVector)
                        device.vector(
                                List.of(
                                        Numbers.tensor(DType.BF16, List.of(2L), new float[] {1, 2}),
                                        Numbers.tensor(DType.F16, List.of(1L), new float[] {3}),
                                        Numbers.tensor(DType.F32, List.of(1L), new float[] {4})))) {
            assertThat(vector.size()).isEqualTo(4);
            assertThat(vector.segment().toArray(JAVA_FLOAT)).startsWith(1, 2, 3, 4);
        }
    }

    @Test
    void freesMemoryOnClose() {
        var matrix = (PanelMatrix) session.matrix(DType.F32, numbers.tensor(DType.F32, 4, 4));
        var vector = (CpuVector) session.vector(new float[4]);
        var cache = (CpuKvCache) session.kvCache(new KvLayout(1, 1, 4, 1, DType.F32));
        var buffer = (CpuActivations) session.buffer(1, 4);
        for (AutoCloseable memory : List.<AutoCloseable>of(matrix, vector, cache, buffer)) {
            assertThatCloseTwice(memory);
        }
        assertThat(List.of(matrix.segment(), vector.segment(), cache.segment(), buffer.segment()))
                .noneMatch(segment -> segment.scope().isAlive());
    }

    @Test
    void accountsForEveryByteOfWeightsAndCaches() {
        long before = device.bytes();
        var matrix = device.matrix(List.of(numbers.tensor(DType.F32, 5, 3)), DType.BF16);
        var vector = device.vector(new float[7]);
        var layout = new KvLayout(1, 1, 4, 2, DType.F32);
        var cache = device.kvCache(layout);
        assertThat(device.bytes() - before)
                .isEqualTo(matrix.bytes() + vector.bytes() + 2 * layout.bytesPerBlock());
        assertThat(vector.bytes()).isEqualTo(28);
        matrix.close();
        matrix.close();
        vector.close();
        cache.close();
        assertThat(device.bytes()).isEqualTo(before);
    }

    private static void assertThatCloseTwice(AutoCloseable memory) {
        assertThatCode(
                        () -> {
                            memory.close();
                            memory.close();
                        })
                .doesNotThrowAnyException();
    }

    @Test
    void theMemoryIsThatOfTheMachineWithTheJavaHeapInIt() {
        var memory = device.memory();
        assertThat(memory.heap()).isGreaterThanOrEqualTo(Runtime.getRuntime().maxMemory());
        assertThat(memory.limit()).isGreaterThan(0);
    }

    @Test
    void devicesOfAProcessCountTheirOwnBytes() {
        var other = new CpuDevice();
        long before = device.bytes();
        try (var matrix = other.matrix(List.of(numbers.tensor(DType.F32, 4, 4)), DType.F32)) {
            assertThat(other.bytes()).isEqualTo(matrix.bytes());
            assertThat(device.bytes()).isEqualTo(before);
        }
        assertThat(other.bytes()).isZero();
    }

    @Test
    void failsOnFreedWeightsAndWorksAfterwards() {
        var freed = session.matrix(DType.F32, numbers.tensor(DType.F32, 640, 640));
        freed.close();
        var x = session.upload(numbers.rows(8, 640), 640);
        var y = session.buffer(8, 640);
        assertThatThrownBy(() -> session.operations.linear(freed, Optional.empty(), x, 8, y))
                .isInstanceOf(IllegalStateException.class);
        session.operations.linear(
                session.matrix(DType.F32, numbers.tensor(DType.F32, 640, 640)),
                Optional.empty(),
                x,
                8,
                y);
        assertThat(session.download(y)[7]).isNotEqualTo(new float[640]);
    }

    @Test
    void saysWhatDoesNotFit() {
        var w = session.matrix(DType.F32, numbers.tensor(DType.F32, 4, 8));
        var x = session.buffer(2, 8);
        var y = session.buffer(2, 4);
        var o = session.operations;
        refuses(() -> o.linear(w, Optional.empty(), y, 2, y), "x has width 4: expected 8");
        refuses(() -> o.linear(w, Optional.empty(), x, 3, y), "3 rows: the buffer has 2");
        refuses(
                () -> o.linear(w, Optional.of(session.vector(new float[3])), x, 2, y),
                "bias of 3: expected 4");
        refuses(() -> session.embed(w, new int[] {4}, x), "token 4: there are 4");
        refuses(() -> o.read(x, 2, new float[8]), "row 2: there are 2");
        refuses(() -> o.read(x, 1, new float[7]), "array of 7: expected 8");
        refuses(() -> session.lora(List.of(new LoraGroup(1, 2, List.of())), x, y), "rows 1 to 3");
        refuses(
                () ->
                        session.lora(
                                List.of(new LoraGroup(0, 1, List.of(new LowRank(w, w, 0, 1)))),
                                x,
                                y),
                "does not fit x of width 8");
        refusesTerm(new Shift(session.vector(new float[3]), 2), "shift of 3 at output 2");
        refusesTerm(
                new Replacement(session.matrix(DType.F32, numbers.tensor(DType.F32, 5, 8))),
                "y has width 4: expected 5");
        var a = session.matrix(DType.F32, numbers.tensor(DType.F32, 2, 8));
        var b = session.matrix(DType.F32, numbers.tensor(DType.F32, 4, 2));
        var three = Optional.of(session.vector(new float[3]));
        refusesTerm(new LowRank(a, b, 0, 1, three, Optional.empty()), "gain of 3: expected 4");
        refusesTerm(new LowRank(a, b, 0, 1, Optional.empty(), three), "shift of 3: expected 4");
        refuses(
                () ->
                        session.lora(
                                List.of(
                                        new LoraGroup(
                                                0,
                                                1,
                                                List.of(new Replacement(w), new Replacement(w)))),
                                x,
                                y),
                "expected it alone");
        refuses(
                () ->
                        session.loraEmbed(
                                List.of(new LoraGroup(0, 1, List.of(new Replacement(w)))),
                                new int[] {4},
                                x),
                "token 4: there are 4");
        refuses(() -> device.open(-1), "threads = -1");
    }

    @Test
    void aStepIsOverBeforeTheNextOneBegins() {
        var batch = new RaggedBatch(new int[1], new int[1], List.of());
        var table = session.matrix(DType.F32, numbers.tensor(DType.F32, 4, 8));
        var out = session.buffer(1, 8);
        var step = begin(batch);
        assertThatThrownBy(() -> begin(batch)).isInstanceOf(IllegalStateException.class);
        step.embed(table, out);
        step.close();
        assertThatThrownBy(() -> step.embed(table, out)).isInstanceOf(IllegalStateException.class);
        begin(batch).close();
    }

    private Step begin(RaggedBatch batch) {
        return session.operations.begin(batch, new int[0], LoraBatch.NONE, new StepEpoch(this, 0));
    }

    private void refusesTerm(LoraTerm term, String reason) {
        var x = session.buffer(1, 8);
        var y = session.buffer(1, 4);
        var groups = List.of(new LoraGroup(0, 1, List.of(term)));
        refuses(() -> session.lora(groups, x, y), reason);
    }

    @Test
    void refusesBlocksThatAreNotThere() {
        var shape = new AttentionShape(1, 1, 4, 1, 0);
        var cache = session.kvCache(new KvLayout(1, 1, 4, 2, DType.F32));
        var qkv = session.buffer(1, shape.qkvWidth());
        refuses(() -> session.writeKv(qkv, decode(16, 0), shape, cache, 0), "expected at least 2");
        refuses(
                () -> session.writeKv(qkv, decode(16, 0, 2), shape, cache, 0),
                "cache block 2: there are 2");
        refuses(
                () -> session.writeKv(qkv, decode(16, 0, 1), shape, cache, 1),
                "cache layer 1: there are 1");
        var table = session.vector(new float[20]);
        refuses(
                () -> session.rope(qkv, decode(10, 0), shape, table, table),
                "rotary position 10: there are 10");
    }

    private static RaggedBatch decode(int position, int... blocks) {
        return new RaggedBatch(
                new int[1],
                new int[] {position},
                List.of(new RaggedBatch.Chunk(0, 1, position, blocks)));
    }

    private static void refuses(Runnable operation, String reason) {
        assertThatThrownBy(operation::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }
}
