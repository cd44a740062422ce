package org.dlora.device.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.dlora.device.AttentionShape;
import org.dlora.device.CopyMismatchException;
import org.dlora.device.Device;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.RaggedBatch;
import org.dlora.device.WeightMatrix;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.cuda.driver.CudaException;
import org.dlora.device.cuda.driver.CudaUnavailableException;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Memory of a GPU, and what its operations refuse. */
@ExtendWith(NeedsCuda.class)
class CudaDeviceTest {
    private final Numbers numbers = new Numbers(1);
    private final Arena arena = Arena.ofConfined();
    private Device device;
    private Session session;

    @BeforeEach
    void open() {
        device = SharedGpu.number(0);
        session = new Session(device, 2);
    }

    @AfterEach
    void close() {
        session.close();
        arena.close();
    }

    @Test
    void aDeviceIsNamedByItsNumberAndHasTheFreeMemory() {
        assertThat(device.name()).isEqualTo("cuda:0");
        assertThat(SharedGpu.number(1).name()).isEqualTo("cuda:1");
        assertThat(device.memory().heap()).isZero();
        assertThat(device.memory().limit()).isBetween(1L << 20, 1L << 40);
        assertThat(device.numericMode()).matches("cuda1-sm\\d+");
    }

    @Test
    void aNumberBeyondTheLastOneIsRefusedInALine() {
        assertThatThrownBy(() -> CudaDevice.gpu(77))
                .isInstanceOf(CudaUnavailableException.class)
                .hasMessageStartingWith("There is no cuda:77: NVIDIA's driver shows ")
                .hasMessageNotContaining("\n");
    }

    @Test
    void accountsForEveryByteOfWeightsAndCaches() {
        long before = device.bytes();
        var matrix = device.matrix(List.of(numbers.tensor(DType.F32, 5, 3)), DType.BF16);
        var vector = device.vector(new float[7]);
        var cache = device.kvCache(new KvLayout(2, 1, 4, 3, DType.F32));
        // Rows and heads are padded to 8 elements.
        assertThat(matrix.bytes()).isEqualTo(5 * 8 * 2);
        assertThat(vector.bytes()).isEqualTo(28);
        assertThat(cache.bytes()).isEqualTo(2L * 3 * 2 * 16 * 8 * 4);
        assertThat(device.bytes() - before)
                .isEqualTo(matrix.bytes() + vector.bytes() + cache.bytes());
        matrix.close();
        matrix.close();
        vector.close();
        cache.close();
        cache.close();
        assertThat(device.bytes()).isEqualTo(before);
    }

    @Test
    void anAllocationBeyondTheMemoryIsRefusedWithoutEffect() {
        long before = device.bytes();
        var layout = new KvLayout(1, 1, 64, Integer.MAX_VALUE / 64, DType.F32);
        assertThatThrownBy(() -> device.kvCache(layout))
                .isInstanceOfSatisfying(
                        CudaException.class, e -> assertThat(e.isOutOfMemory()).isTrue())
                .hasMessageContaining("cuMemAlloc of ")
                .hasMessageContaining("CUDA_ERROR_OUT_OF_MEMORY");
        assertThat(device.bytes()).isEqualTo(before);
        device.vector(new float[7]).close();
    }

    @Test
    void packsMatricesLargerThanAPieceOfATransfer() {
        var tensor = numbers.tensor(DType.BF16, 700, 3001);
        try (var matrix = device.matrix(List.of(tensor, tensor), DType.F32);
                var copied = copy(matrix)) {
            assertThat(session.download(copied)[1399]).isEqualTo(session.download(matrix)[699]);
            assertThat(session.download(matrix)[3][7]).isEqualTo(tensor.getFloat(3 * 3001 + 7));
        }
    }

    private WeightMatrix copy(WeightMatrix matrix) {
        var copy = arena.allocate(device.copyBytes(matrix));
        device.copyOut(matrix, copy);
        return device.copyIn(copy);
    }

    @Test
    void failsOnFreedWeightsAndWorksAfterwards() {
        var freed = session.matrix(DType.F32, numbers.tensor(DType.F32, 64, 64));
        freed.close();
        var x = session.upload(numbers.rows(8, 64), 64);
        var y = session.buffer(8, 64);
        assertThatThrownBy(() -> session.operations.linear(freed, Optional.empty(), x, 8, y))
                .isInstanceOf(IllegalStateException.class);
        session.operations.linear(
                session.matrix(DType.F32, numbers.tensor(DType.F32, 64, 64)),
                Optional.empty(),
                x,
                8,
                y);
        assertThat(session.download(y)[7]).isNotEqualTo(new float[64]);
    }

    @Test
    void failsOnFreedTermsThatItHasKept() {
        var a = session.matrix(DType.F32, numbers.tensor(DType.F32, 2, 8));
        var b = session.matrix(DType.F32, numbers.tensor(DType.F32, 4, 2));
        var groups = List.of(new LoraGroup(0, 1, List.of(new LowRank(a, b, 0, 1))));
        var x = session.upload(numbers.rows(1, 8), 8);
        var y = session.buffer(1, 4);
        session.lora(groups, x, y);
        session.lora(groups, x, y);
        b.close();
        assertThatThrownBy(() -> session.lora(groups, x, y))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("freed");
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
        refuses(() -> session.lora(List.of(new LoraGroup(1, 2, List.of())), x, y), "rows 1 to 3");
        refuses(
                () ->
                        session.lora(
                                List.of(new LoraGroup(0, 1, List.of(new LowRank(w, w, 0, 1)))),
                                x,
                                y),
                "does not fit x of width 8");
        refuses(() -> device.open(-1), "threads = -1");
        try (var cpu = new CpuDevice();
                var elsewhere = cpu.vector(new float[8])) {
            refuses(() -> o.rmsNorm(x, 1, elsewhere, 0, x), "is not memory of a GPU");
        }
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
        var wide = new AttentionShape(1, 1, 264, 1, 0);
        var wideCache = session.kvCache(new KvLayout(1, 1, 264, 1, DType.F32));
        var wideRow = session.buffer(1, wide.qkvWidth());
        var out = session.buffer(1, 264);
        refuses(
                () -> session.attention(wideRow, decode(0, 0), wide, wideCache, 0, out),
                "head dimension 264: attention on GPUs takes at most 256");
    }

    private static RaggedBatch decode(int position, int... blocks) {
        return new RaggedBatch(
                new int[1],
                new int[] {position},
                List.of(new RaggedBatch.Chunk(0, 1, position, blocks)));
    }

    @Test
    void copiesGoToGpusOfTheLayoutAndModeOnly() {
        var layout = new KvLayout(2, 1, 8, 3, DType.F32);
        var copy = copy(session.kvCache(layout), 0);
        try (var other = SharedGpu.number(1).kvCache(layout);
                var cpu = new CpuDevice();
                var host = cpu.kvCache(layout)) {
            other.copyIn(copy, 2);
            assertThat(copy(other, 2).mismatch(copy)).isEqualTo(-1);
            assertThat(host.takes(copy)).isFalse();
            assertThatThrownBy(() -> host.copyIn(copy, 0))
                    .isInstanceOf(CopyMismatchException.class)
                    .hasMessageContaining("layout cuda-blocks1-le-cuda1-sm");
            var narrow = session.kvCache(new KvLayout(2, 1, 8, 3, DType.BF16));
            assertThatThrownBy(() -> narrow.copyIn(copy, 0))
                    .isInstanceOf(CopyMismatchException.class)
                    .hasMessageContaining("of BF16");
        }
    }

    private MemorySegment copy(KvCache cache, int block) {
        var copy = arena.allocate(cache.copyBytes());
        cache.copyOut(block, copy);
        return copy;
    }

    private static void refuses(Runnable operation, String reason) {
        assertThatThrownBy(operation::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }
}
