package org.dlora.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.dlora.device.CopyMismatchException;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.cpu.kernels.ScalarKernels;
import org.dlora.device.cpu.memory.CpuKvCache;
import org.dlora.device.cpu.memory.MemoryAccount;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Copies go into memory that is laid out alike, and nowhere else. */
class CpuCopyTest {
    private final CpuDevice device = new CpuDevice();
    private final Session session = new Session(device, 1);
    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void free() {
        session.close();
        arena.close();
    }

    @Test
    void aBlockGoesIntoCachesOfItsLayoutOnly() {
        var cache = session.kvCache(new KvLayout(2, 1, 8, 3, DType.F32));
        var copy = copy(cache, 0);

        session.kvCache(new KvLayout(2, 1, 8, 1, DType.F32)).copyIn(copy, 0);

        refuses(
                () -> session.kvCache(new KvLayout(2, 1, 8, 3, DType.BF16)).copyIn(copy, 0),
                "A copy of a KV block [2, 1, 8, 16] of F32 in layout tiles1-",
                "expected a KV block [2, 1, 8, 16] of BF16 in layout tiles1-");
        refuses(
                () -> session.kvCache(new KvLayout(3, 1, 8, 3, DType.F32)).copyIn(copy, 0),
                "[2, 1, 8, 16]",
                "expected a KV block [3, 1, 8, 16]");
        refuses(() -> cache.copyIn(changed(copy, "tiles1", "tiles9"), 0), "tiles9", "tiles1");
        refuses(
                () -> cache.copyIn(copy.asSlice(0, copy.byteSize() - 1), 0),
                copy.byteSize() - 1 + " bytes",
                "expected " + copy.byteSize());
        refuses(() -> cache.copyIn(arena.allocate(200), 0), "200 bytes without a header");
        refuses(() -> cache.copyIn(arena.allocate(3), 0), "3 bytes without a header");
        refuses(() -> cache.copyOut(0, arena.allocate(7)), "7 bytes", "expected ");
        assertThatThrownBy(() -> cache.copyIn(copy, 3)).hasMessageContaining("cache block 3");
        assertThatThrownBy(() -> cache.copyOut(-1, copy)).hasMessageContaining("cache block -1");
    }

    @Test
    void aBlockGoesIntoCachesOfItsNumericModeOnly() {
        var layout = new KvLayout(2, 1, 8, 1, DType.F32);
        var copy = copy(session.kvCache(layout), 0);
        try (var other = new CpuKvCache(layout, "bfloat16-dot", new MemoryAccount())) {
            refuses(
                    () -> other.copyIn(copy, 0),
                    "in layout tiles1-",
                    "-float32 (",
                    "expected a KV block [2, 1, 8, 16] of F32 in layout tiles1-",
                    "-bfloat16-dot (");
        }
    }

    @Test
    @NeedsKernels(KernelFamily.AVX512_BF16)
    @ExtendWith(NeedsNativeKernels.class)
    void aBlockOfDotProductsGoesToDotProductsOnly() {
        var layout = new KvLayout(2, 1, 8, 1, DType.BF16);
        try (var from = new CpuDevice(KernelFamily.AVX512_BF16).kvCache(layout);
                var to = new CpuDevice(KernelFamily.AVX512_BF16).kvCache(layout);
                var tiles = new CpuDevice(KernelFamily.AMX_EMULATED).kvCache(layout)) {
            var copy = copy(from, 0);
            to.copyIn(copy, 0);
            refuses(() -> session.kvCache(layout).copyIn(copy, 0), "-bfloat16-dot (", "-float32 (");
            refuses(() -> tiles.copyIn(copy, 0), "-bfloat16-dot (", "-bfloat16-amx (");
        }
    }

    @Test
    @NeedsKernels(KernelFamily.AVX512)
    @ExtendWith(NeedsNativeKernels.class)
    void aBlockGoesBetweenKernelsOfOneMode() {
        var layout = new KvLayout(2, 1, 8, 1, DType.F32);
        var copy = copy(session.kvCache(layout), 0);
        try (var to = new CpuDevice(KernelFamily.AVX512).kvCache(layout)) {
            to.copyIn(copy, 0);
            assertThat(copy(to, 0).mismatch(copy)).isEqualTo(-1);
        }
    }

    @Test
    void aRefusedCopyWritesNothing() {
        var cache = session.kvCache(new KvLayout(2, 1, 8, 1, DType.F32));
        var before = copy(cache, 0);
        var other = changed(before, "tiles1", "tiles2");
        other.asSlice(other.byteSize() - 8).fill((byte) 1);

        refuses(() -> cache.copyIn(other, 0), "tiles2");

        assertThat(copy(cache, 0).mismatch(before)).isEqualTo(-1);
    }

    @Test
    void aMatrixGoesOntoDevicesOfItsLayoutOnly() {
        var matrix = session.matrix(DType.BF16, new Numbers(1).tensor(DType.F32, 20, 6));
        var copy = arena.allocate(device.copyBytes(matrix));
        device.copyOut(matrix, copy);
        var narrow = new CpuDevice(KernelChoice.java(new ScalarKernels(2, "the test")));

        refuses(
                () -> narrow.copyIn(copy),
                "a matrix [20, 6] of BF16 in layout panels1-",
                "expected a matrix [20, 6] of BF16 in layout panels1-2x32-");
        refuses(() -> device.copyIn(changed(copy, "20,6", "40,6")), "[40, 6]");
        refuses(() -> device.copyIn(copy.asSlice(0, 150)), "150 bytes");
        refuses(
                () -> device.copyIn(copy(session.kvCache(new KvLayout(1, 1, 8, 1, DType.F32)), 0)),
                "a KV block",
                "expected a matrix");
        assertThat(narrow.bytes()).isZero();
    }

    private MemorySegment copy(KvCache cache, int block) {
        var copy = arena.allocate(cache.copyBytes());
        cache.copyOut(block, copy);
        return copy;
    }

    private MemorySegment changed(MemorySegment copy, String from, String to) {
        var bytes = copy.toArray(JAVA_BYTE);
        var header = new String(bytes, 0, 128, US_ASCII);
        var other = header.replace(from, to).getBytes(US_ASCII);
        System.arraycopy(other, 0, bytes, 0, other.length);
        return arena.allocateFrom(JAVA_BYTE, bytes);
    }

    private static void refuses(Runnable copy, String... words) {
        assertThatThrownBy(copy::run)
                .isInstanceOf(CopyMismatchException.class)
                .hasMessageContainingAll(words);
    }
}
