package org.dlora.device.cpu.lora;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.dlora.device.LoraGroup;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.MemoryAccount;
import org.dlora.device.cpu.memory.Scratch;
import org.jspecify.annotations.Nullable;

/**
 * The {@link LayerTerms} of every linear layer, kept from step to step while the layer's groups are
 * the same list. In steady decodes they are. The descriptions lie in one piece of memory. The
 * groups' own objects are scattered over the heap, and a step with many adapters drives them out of
 * the caches. One thread uses it.
 */
final class TermCache implements AutoCloseable {
    /** Room for the descriptions of a few hundred adapters; all are forgotten when it is full. */
    private static final long BYTES = 4L << 20;

    private final Optional<NativeLora> kernel;
    private final int workers;
    private final MemoryAccount account;
    private final Scratch memory = new Scratch();

    /** Kept terms by the number of the linear layer. */
    private @Nullable LayerTerms[] layers = new LayerTerms[0];

    private long used;

    /**
     * Creates an empty store.
     *
     * @param kernel of fused terms, if there is one
     * @param workers workers that share the work
     * @param account of the device that the terms lie on
     */
    TermCache(Optional<NativeLora> kernel, int workers, MemoryAccount account) {
        this.kernel = kernel;
        this.workers = workers;
        this.account = account;
    }

    /**
     * Returns the terms of linear layer {@code index}, which are described anew unless they are
     * kept.
     *
     * @throws IllegalArgumentException if the terms do not fit {@code x} and {@code y}
     * @throws IllegalStateException if a matrix was freed
     */
    LayerTerms of(int index, List<LoraGroup> groups, CpuActivations x, CpuActivations y) {
        long frees = account.frees();
        var kept = index < layers.length ? layers[index] : null;
        if (kept != null && kept.isOf(groups, x, y) && kept.isOpen(frees)) {
            return kept;
        }
        var terms = LayerTerms.of(groups, x, y, kernel, this::allocate, workers, frees);
        if (index >= layers.length) {
            layers = Arrays.copyOf(layers, index + 1);
        }
        layers[index] = terms;
        return terms;
    }

    private MemorySegment allocate(long bytes) {
        if (used + bytes > BYTES) {
            Arrays.fill(layers, null);
            used = 0;
        }
        var slice = memory.atLeast(Math.max(BYTES, bytes)).asSlice(used, bytes);
        used += bytes;
        return slice;
    }

    @Override
    public void close() {
        memory.close();
    }
}
