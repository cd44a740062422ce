package org.dlora.device.cpu.rows;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.dlora.device.cpu.memory.CpuKvCache;
import org.dlora.device.cpu.memory.CpuVector;
import org.dlora.device.cpu.memory.FloatRows;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.cpu.natives.NativeLibrary;
import org.dlora.device.cpu.natives.NumericMode;
import org.dlora.tensor.DType;

/**
 * {@link RowKernels} in C, of every family alike. The C kernel that rounds keys and values needs
 * AVX-512 BF16, so families without it leave that to Java; the bits are the same.
 */
public final class NativeRows implements RowKernels {
    private final JavaRows java;
    private final boolean rounds;
    private final MethodHandle rmsNorm;
    private final MethodHandle addRmsNorm;
    private final MethodHandle headNorm;
    private final MethodHandle rope;
    private final MethodHandle siluMul;
    private final MethodHandle writeKv;

    /**
     * @param family of the products
     * @param java writes the caches that no C kernel writes
     */
    public NativeRows(NativeLibrary library, KernelFamily family, JavaRows java) {
        this.java = java;
        rounds = family.mode() != NumericMode.FLOAT32;
        rmsNorm =
                library.procedure(
                        "dlora_rms_norm",
                        JAVA_LONG, // x
                        JAVA_LONG,
                        JAVA_LONG, // weight
                        JAVA_FLOAT,
                        JAVA_LONG, // y
                        JAVA_LONG,
                        JAVA_INT,
                        JAVA_INT);
        addRmsNorm =
                library.procedure(
                        "dlora_add_rms_norm",
                        JAVA_LONG, // x
                        JAVA_LONG,
                        JAVA_LONG, // residual
                        JAVA_LONG,
                        JAVA_LONG, // weight
                        JAVA_FLOAT,
                        JAVA_LONG, // y
                        JAVA_LONG,
                        JAVA_INT,
                        JAVA_INT);
        headNorm =
                library.procedure(
                        "dlora_head_norm",
                        JAVA_LONG, // x
                        JAVA_LONG,
                        JAVA_LONG, // weight
                        JAVA_FLOAT,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_INT);
        rope =
                library.procedure(
                        "dlora_rope",
                        JAVA_LONG, // x
                        JAVA_LONG,
                        JAVA_LONG, // cos
                        JAVA_LONG, // sin
                        JAVA_LONG, // positions
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_INT);
        siluMul =
                library.procedure(
                        "dlora_silu_mul",
                        JAVA_LONG, // x
                        JAVA_LONG,
                        JAVA_LONG, // y
                        JAVA_LONG,
                        JAVA_INT,
                        JAVA_INT);
        writeKv =
                library.procedure(
                        "dlora_write_kv",
                        JAVA_LONG, // the cache
                        JAVA_LONG,
                        JAVA_LONG, // slots
                        JAVA_LONG, // x
                        JAVA_LONG,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_INT);
    }

    @Override
    public void rmsNorm(FloatRows x, CpuVector weight, float eps, FloatRows y, int rows) {
        NativeLibrary.call(() -> {
            rmsNorm.invokeExact(
                    x.address(),
                    x.stride(),
                    weight.address(),
                    eps,
                    y.address(),
                    y.stride(),
                    rows,
                    weight.size());
        });
    }

    @Override
    public void addRmsNorm(
            FloatRows x, FloatRows residual, CpuVector weight, float eps, FloatRows y, int rows) {
        NativeLibrary.call(() -> {
            addRmsNorm.invokeExact(
                    x.address(),
                    x.stride(),
                    residual.address(),
                    residual.stride(),
                    weight.address(),
                    eps,
                    y.address(),
                    y.stride(),
                    rows,
                    weight.size());
        });
    }

    @Override
    public void headNorm(FloatRows x, CpuVector weight, float eps, int rows, int heads) {
        NativeLibrary.call(() -> {
            headNorm.invokeExact(
                    x.address(), x.stride(), weight.address(), eps, rows, heads, weight.size());
        });
    }

    @Override
    public void rope(
            FloatRows x,
            CpuVector cos,
            CpuVector sin,
            MemorySegment positions,
            long positionsOffset,
            int rows,
            int heads,
            int headDim) {
        NativeLibrary.call(() -> {
            rope.invokeExact(
                    x.address(),
                    x.stride(),
                    cos.address(),
                    sin.address(),
                    positions.address() + positionsOffset,
                    rows,
                    heads,
                    headDim / 2);
        });
    }

    @Override
    public void siluMul(FloatRows x, FloatRows y, int rows, int n) {
        NativeLibrary.call(() -> {
            siluMul.invokeExact(x.address(), x.stride(), y.address(), y.stride(), rows, n);
        });
    }

    @Override
    public void writeKv(
            CpuKvCache cache,
            int layer,
            MemorySegment slots,
            long slotsOffset,
            FloatRows keys,
            int rows) {
        if (!rounds || cache.layout().dtype() != DType.BF16) {
            java.writeKv(cache, layer, slots, slotsOffset, keys, rows);
            return;
        }
        NativeLibrary.call(() -> {
            writeKv.invokeExact(
                    cache.address() + cache.keys(layer, 0, 0),
                    cache.blockBytes(),
                    slots.address() + slotsOffset,
                    keys.address(),
                    keys.stride(),
                    rows,
                    cache.layout().kvHeads(),
                    cache.layout().headDim());
        });
    }
}
