package org.dlora.device.cpu.argmax;

import org.dlora.device.ArgMaxIndex;
import org.dlora.device.arguments.Arguments;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.memory.Memory;

/**
 * The index of a {@link PanelMatrix}: for each group of its panels the outputs' weights as 8-bit
 * integers, and what these leave out, as {@code dlora_index_avx512_vnni} writes them.
 */
public final class PanelIndex implements ArgMaxIndex {
    private final PanelMatrix matrix;
    private final Memory memory;

    /**
     * @param memory of the groups; becomes the index's own
     */
    PanelIndex(PanelMatrix matrix, Memory memory) {
        this.matrix = matrix;
        this.memory = memory;
    }

    /** Returns the index of this device that a caller handed in. */
    static PanelIndex of(ArgMaxIndex index) {
        return Arguments.own(PanelIndex.class, index, "the CPU device");
    }

    @Override
    public PanelMatrix matrix() {
        return matrix;
    }

    /** Returns the address of the first group. */
    long address() {
        return memory.address();
    }

    @Override
    public long bytes() {
        return memory.bytes();
    }

    @Override
    public void close() {
        memory.close();
    }
}
