package org.dlora.device.cpu.linear;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.matrix.Panels;
import org.dlora.device.cpu.memory.CpuVector;
import org.dlora.device.cpu.memory.FloatRows;
import org.dlora.device.cpu.memory.Scratch;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.cpu.natives.NativeLibrary;
import org.dlora.device.cpu.natives.NumericMode;
import org.dlora.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * {@link LinearKernels} that multiply by bfloat16 matrices in C, as their family does. Other
 * matrices go through the Java kernels.
 */
public final class NativeLinear implements LinearKernels {
    /** Rows of a panel that the C kernels are written for. */
    public static final int LANES = 16;

    /** Columns of a matrix at most, {@code DLORA_LINEAR_COLUMNS}. */
    public static final int COLUMNS = 65536;

    /** Columns of rounded rows are a multiple of this. */
    private static final int ROUNDED_COLUMNS = 32;

    private static final long NONE = 0;
    private static final int SET = 0;
    private static final int ADD = 1;

    private final KernelFamily family;
    private final JavaLinear java;
    private final MethodHandle linear;
    private final MethodHandle gated;
    private final Optional<MethodHandle> round;

    public NativeLinear(NativeLibrary library, KernelFamily family, JavaLinear java) {
        this.family = family;
        this.java = java;
        linear =
                library.procedure(
                        "dlora_linear_" + family.suffix(),
                        JAVA_LONG, // the matrix
                        JAVA_LONG,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_LONG, // x
                        JAVA_LONG,
                        JAVA_LONG, // x, rounded
                        JAVA_LONG, // y
                        JAVA_LONG,
                        JAVA_INT,
                        JAVA_LONG, // bias
                        JAVA_INT,
                        JAVA_FLOAT,
                        JAVA_LONG); // what to load ahead
        gated =
                library.procedure(
                        "dlora_gated_" + family.suffix(),
                        JAVA_LONG, // the matrix
                        JAVA_LONG,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_LONG, // x
                        JAVA_LONG,
                        JAVA_LONG, // x, rounded
                        JAVA_LONG, // y
                        JAVA_LONG,
                        JAVA_INT,
                        JAVA_LONG, // bias
                        JAVA_LONG); // what to load ahead
        round = rounding(library, family);
    }

    private static Optional<MethodHandle> rounding(NativeLibrary library, KernelFamily family) {
        if (family.mode() == NumericMode.FLOAT32) {
            return Optional.empty();
        }
        return Optional.of(
                library.procedure(
                        "dlora_round_" + family.suffix(),
                        JAVA_LONG, // x
                        JAVA_LONG,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_LONG)); // x, rounded
    }

    @Override
    public String name() {
        return family.title() + " in C for bfloat16 matrices, " + java.name() + " for the rest";
    }

    @Override
    public int panelTile() {
        return family.mode() == NumericMode.BFLOAT16_AMX ? 2 : 1;
    }

    /** Tiles take so little time that loading the weights is most of it for many more rows. */
    @Override
    public int rowsPerWorker() {
        return family.mode() == NumericMode.BFLOAT16_AMX ? 128 : java.rowsPerWorker();
    }

    @Override
    public boolean loadsAhead() {
        return family.mode() == NumericMode.BFLOAT16_DOT;
    }

    @Override
    public long roundedBytes(PanelMatrix w, int rows) {
        return round.isPresent() && isFor(w)
                ? 2L * roundUp(rows, LANES) * roundUp(w.columns(), ROUNDED_COLUMNS)
                : 0;
    }

    private static long roundUp(int n, int to) {
        return (long) Math.ceilDiv(n, to) * to;
    }

    @Override
    public void round(PanelMatrix w, FloatRows x, int from, int to, MemorySegment rounded) {
        var kernel = round.orElseThrow();
        NativeLibrary.call(() -> {
            kernel.invokeExact(x.address(), x.stride(), from, to, w.columns(), rounded.address());
        });
    }

    @Override
    public boolean isGated(PanelMatrix gateUp) {
        return isFor(gateUp) && gateUp.rows() % (2 * LANES) == 0;
    }

    @Override
    public void gated(
            Panels gates,
            FloatRows x,
            @Nullable MemorySegment rounded,
            FloatRows y,
            int rows,
            @Nullable CpuVector bias,
            @Nullable MemorySegment ahead) {
        var matrix = gates.matrix();
        long of = bias == null ? NONE : bias.address();
        NativeLibrary.call(() -> {
            gated.invokeExact(
                    matrix.address(),
                    matrix.panelBytes(),
                    gates.from(),
                    gates.to(),
                    matrix.rows() / 2,
                    matrix.columns(),
                    x.address(),
                    x.stride(),
                    address(rounded),
                    y.address(),
                    y.stride(),
                    rows,
                    of,
                    address(ahead));
        });
    }

    @Override
    public void linear(
            Panels w,
            FloatRows x,
            @Nullable MemorySegment rounded,
            FloatRows y,
            int rows,
            @Nullable CpuVector bias,
            @Nullable MemorySegment ahead) {
        if (isFor(w.matrix())) {
            long of = bias == null ? NONE : bias.address();
            call(w, x, address(rounded), y, rows, of, SET, 1, address(ahead));
        } else {
            java.linear(w, x, y, rows, bias);
        }
    }

    private static long address(@Nullable MemorySegment memory) {
        return memory == null ? NONE : memory.address();
    }

    @Override
    public void addLinear(
            Panels w, float scale, FloatRows x, FloatRows y, int rows, Scratch scratch) {
        if (isFor(w.matrix())) {
            call(w, x, NONE, y, rows, NONE, ADD, scale, NONE);
        } else {
            java.addLinear(w, scale, x, y, rows, scratch);
        }
    }

    /** Returns whether the C kernels multiply by this matrix. */
    public static boolean isFor(PanelMatrix w) {
        return w.dtype() == DType.BF16 && w.lanes() == LANES && w.columns() <= COLUMNS;
    }

    private void call(
            Panels w,
            FloatRows x,
            long rounded,
            FloatRows y,
            int rows,
            long bias,
            int store,
            float scale,
            long ahead) {
        var matrix = w.matrix();
        NativeLibrary.call(() -> {
            linear.invokeExact(
                    matrix.address(),
                    matrix.panelBytes(),
                    w.from(),
                    w.to(),
                    matrix.rows(),
                    matrix.columns(),
                    x.address(),
                    x.stride(),
                    rounded,
                    y.address(),
                    y.stride(),
                    rows,
                    bias,
                    store,
                    scale,
                    ahead);
        });
    }
}
