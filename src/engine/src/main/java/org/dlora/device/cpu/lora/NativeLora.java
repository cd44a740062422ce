package org.dlora.device.cpu.lora;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.cpu.linear.NativeLinear;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.memory.FloatRows;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.cpu.natives.NativeLibrary;

/**
 * Kernel in C for plain low-rank terms, without gain and shift. One thread computes each term as a
 * whole, from x through A and B to y.
 */
public final class NativeLora {
    /** {@code DLORA_LORA_RANK}. */
    private static final int RANK = 256;

    /** {@code DLORA_LORA_ROWS}. */
    private static final int ROWS = 32;

    /** Elements of x that have room beside each other. */
    private static final int ELEMENTS = 128 << 10;

    private final MethodHandle lora;

    public NativeLora(NativeLibrary library, KernelFamily family) {
        lora =
                library.procedure(
                        "dlora_lora_" + family.suffix(),
                        JAVA_LONG, // the terms
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_LONG, // x
                        JAVA_LONG,
                        JAVA_LONG, // y
                        JAVA_LONG);
    }

    /** Returns whether all of a group's terms are of the kind that is done here. */
    boolean isFor(LoraGroup group) {
        for (LoraTerm term : group.terms()) {
            if (!(term instanceof LowRank t) || !isFor(t)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isFor(LowRank term) {
        var a = PanelMatrix.of(term.a());
        return term.gain().isEmpty()
                && term.shift().isEmpty()
                && a.rows() <= RANK
                && NativeLinear.isFor(a)
                && NativeLinear.isFor(PanelMatrix.of(term.b()));
    }

    /** Rows of {@code columns} that a term may have. */
    static int rows(int columns) {
        return Math.clamp(ELEMENTS / (Math.ceilDiv(columns, 32) * 32), 1, ROWS);
    }

    /**
     * The terms {@code from .. to}.
     *
     * @param terms structures {@code dlora_term}
     * @param count of all terms, which are read ahead in their order
     * @param columns of x
     */
    void run(
            MemorySegment terms,
            int from,
            int to,
            int count,
            int columns,
            FloatRows x,
            FloatRows y) {
        NativeLibrary.call(() -> {
            lora.invokeExact(
                    terms.address(),
                    from,
                    to,
                    count,
                    columns,
                    x.address(),
                    x.stride(),
                    y.address(),
                    y.stride());
        });
    }
}
