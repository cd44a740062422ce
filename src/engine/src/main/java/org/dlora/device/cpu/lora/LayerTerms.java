package org.dlora.device.cpu.lora;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import org.dlora.device.LoraGroup;
import org.dlora.device.arguments.TermArguments;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.MemoryAccount;

/**
 * The LoRA groups of a linear layer, checked. Groups of plain low-rank terms are {@link FusedTerms}
 * where the kernels can; the rest is for {@link LoraUnits}.
 */
final class LayerTerms {
    private final List<LoraGroup> groups;
    private final Optional<FusedTerms> fused;
    private final List<LoraGroup> rest;
    private final int inputs;
    private final int outputs;
    private final int endRow;

    private LayerTerms(
            List<LoraGroup> groups,
            Optional<FusedTerms> fused,
            List<LoraGroup> rest,
            CpuActivations x,
            CpuActivations y) {
        this.groups = groups;
        this.fused = fused;
        this.rest = rest;
        inputs = x.width();
        outputs = y.width();
        endRow = groups.stream().mapToInt(group -> group.firstRow() + group.rows()).max().orElse(0);
    }

    /**
     * Checks and describes {@code groups}.
     *
     * @param kernel of fused terms, if there is one
     * @param memory gives memory for fused terms, by their bytes
     * @param workers workers that share the work
     * @param frees {@link MemoryAccount#frees} of the device before
     */
    static LayerTerms of(
            List<LoraGroup> groups,
            CpuActivations x,
            CpuActivations y,
            Optional<NativeLora> kernel,
            LongFunction<MemorySegment> memory,
            int workers,
            long frees) {
        var forKernel = new ArrayList<LoraGroup>();
        var rest = new ArrayList<LoraGroup>();
        for (LoraGroup group : groups) {
            TermArguments.group(group, Math.min(x.rows(), y.rows()));
            group.terms().forEach(term -> TermArguments.term(term, x, y));
            (kernel.isPresent() && kernel.get().isFor(group) ? forKernel : rest).add(group);
        }
        var fused =
                kernel.filter(_ -> !forKernel.isEmpty())
                        .map(k -> new FusedTerms(k, forKernel, x.width(), memory, workers, frees));
        return new LayerTerms(groups, fused, List.copyOf(rest), x, y);
    }

    /** Returns whether these are the terms of {@code others} for rows such as x and y. */
    @SuppressWarnings("ReferenceEquality") // Groups do not change; comparing them takes longer.
    boolean isOf(List<LoraGroup> others, CpuActivations x, CpuActivations y) {
        return others == groups
                && x.width() == inputs
                && y.width() == outputs
                && endRow <= Math.min(x.rows(), y.rows());
    }

    /**
     * Returns whether the matrices of the fused terms are still there.
     *
     * @param frees {@link MemoryAccount#frees} of the device now
     */
    boolean isOpen(long frees) {
        return fused.isEmpty() || fused.get().isOpen(frees);
    }

    Optional<FusedTerms> fused() {
        return fused;
    }

    /** Returns the groups that are not fused. */
    List<LoraGroup> rest() {
        return rest;
    }
}
