package org.dlora.device.cpu.merge;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.invoke.MethodHandle;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.cpu.linear.JavaLinear;
import org.dlora.device.cpu.linear.NativeLinear;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.memory.CpuVector;
import org.dlora.device.cpu.natives.NativeLibrary;
import org.dlora.tensor.DType;

/**
 * Merges terms of whole panels in C: products, sums and rounding in one pass over the weights. The
 * bits are those of {@link MergeSlice} with {@link NativeLinear} where both factors are bfloat16,
 * and with {@link JavaLinear} else.
 */
public final class NativeMerge {
    /** Largest rank of a term, {@code DLORA_MERGE_RANK}. */
    private static final int RANK = 1024;

    private static final int W_BF16 = 1;
    private static final int A_BF16 = 2;
    private static final int B_BF16 = 4;
    private static final long NONE = 0;

    private final MethodHandle merge;

    public NativeMerge(NativeLibrary library) {
        merge =
                library.procedure(
                        "dlora_merge_avx512_bf16",
                        JAVA_LONG, // the weights
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_LONG, // B
                        JAVA_LONG,
                        JAVA_LONG, // A
                        JAVA_LONG,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_FLOAT,
                        JAVA_LONG); // gain
    }

    /**
     * Returns whether this can merge a term of a linear layer, whose panels have to be {@code w}'s.
     */
    boolean fits(PanelMatrix w, LowRank term) {
        int lanes = NativeLinear.LANES;
        return w.lanes() == lanes
                && term.firstOutput() % lanes == 0
                && term.b().rows() % lanes == 0
                && term.a().rows() <= RANK;
    }

    /** Writes those panels of a tile that the term has; none if it has none. */
    void merge(PanelMatrix w, PanelMatrix live, LowRank term, MergeTile tile) {
        var a = PanelMatrix.of(term.a());
        var b = PanelMatrix.of(term.b());
        int first = term.firstOutput() / w.lanes();
        int from = Math.max(tile.fromPanel(), first);
        int to = Math.min(tile.toPanel(), first + b.panels());
        if (from >= to) {
            return;
        }
        int dtypes = flag(w, W_BF16) | flag(a, A_BF16) | flag(b, B_BF16);
        long gain =
                term.gain()
                        .map(CpuVector::of)
                        .map(g -> g.address() + 4L * w.lanes() * (from - first))
                        .orElse(NONE);
        NativeLibrary.call(() -> {
            merge.invokeExact(
                    w.address() + from * w.panelBytes(),
                    live.address() + from * w.panelBytes(),
                    w.panelBytes(),
                    to - from,
                    tile.fromColumn(),
                    tile.toColumn(),
                    b.address() + (from - first) * b.panelBytes(),
                    b.panelBytes(),
                    a.address(),
                    a.panelBytes(),
                    a.rows(),
                    dtypes,
                    term.scale(),
                    gain);
        });
    }

    private static int flag(PanelMatrix matrix, int flag) {
        return matrix.dtype() == DType.BF16 ? flag : 0;
    }
}
