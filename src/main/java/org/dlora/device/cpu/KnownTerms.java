package org.dlora.device.cpu;

import java.lang.foreign.MemorySegment;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import org.dlora.device.LoraGroup;

/**
 * The {@link FusedTerms} of earlier operations. Steps with the same rows have the same groups at a
 * layer, and what describes them lies in one piece of memory; the groups' own objects are scattered
 * over the heap, and a step with many adapters has driven them out of the caches since the last
 * one. One thread uses it.
 */
final class KnownTerms implements AutoCloseable {
    /** Of some steps with many adapters; when it is full, all are forgotten. */
    private static final long BYTES = 4L << 20;

    /** Operations at most. */
    private static final int MOST = 2048;

    private final Scratch memory = new Scratch();

    /** By the first group. */
    private final IdentityHashMap<LoraGroup, FusedTerms> known = new IdentityHashMap<>();

    private long used;

    /** Those of an operation that was asked for before, if they are still known. */
    Optional<FusedTerms> find(List<LoraGroup> groups, CpuActivations x, CpuActivations y) {
        if (groups.isEmpty()) {
            return Optional.empty();
        }
        return Optional.ofNullable(known.get(groups.getFirst()))
                .filter(terms -> terms.areOf(groups, x, y));
    }

    /**
     * New ones, which are those of an operation from now on.
     *
     * @param groups that the kernel is for, checked, at least one
     * @param members who share the work
     */
    FusedTerms add(
            NativeLora kernel,
            List<LoraGroup> groups,
            CpuActivations x,
            CpuActivations y,
            int members) {
        var terms = new FusedTerms(kernel, groups, x, y, this::allocate, members);
        known.put(groups.getFirst(), terms);
        return terms;
    }

    private MemorySegment allocate(long bytes) {
        if (used + bytes > BYTES || known.size() == MOST) {
            known.clear();
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
