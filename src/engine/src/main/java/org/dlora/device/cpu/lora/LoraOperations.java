package org.dlora.device.cpu.lora;

import java.util.List;
import java.util.Optional;
import org.dlora.device.LoraGroup;
import org.dlora.device.cpu.kernels.Kernels;
import org.dlora.device.cpu.linear.LinearKernels;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.MemoryAccount;
import org.dlora.device.cpu.memory.Scratch;
import org.dlora.device.cpu.threads.Workers;

/** The operations that apply LoRA groups to the rows of a step. One thread calls them. */
public final class LoraOperations implements AutoCloseable {
    private final Kernels kernels;
    private final LinearKernels linear;
    private final Workers workers;
    private final Scratch shrunk = new Scratch();
    private final TermCache kept;

    /**
     * @param fused kernel of fused terms, if there is one
     * @param account of the device that the terms lie on
     */
    public LoraOperations(
            Kernels kernels,
            LinearKernels linear,
            Optional<NativeLora> fused,
            Workers workers,
            MemoryAccount account) {
        this.kernels = kernels;
        this.linear = linear;
        this.workers = workers;
        this.kept = new TermCache(fused, workers.size(), account);
    }

    public void lora(int index, List<LoraGroup> groups, CpuActivations x, CpuActivations y) {
        if (groups.isEmpty()) {
            return;
        }
        var terms = kept.of(index, groups, x, y);
        terms.fused()
                .ifPresent(fused ->
                        workers.forUnits(
                                fused.units(),
                                fused.multiplyAdds(),
                                (_, unit) -> fused.run(unit, x, y)));
        if (!terms.rest().isEmpty()) {
            new LoraUnits(kernels, linear, terms.rest(), x, y, shrunk, workers.size()).run(workers);
        }
    }

    public void loraEmbed(List<LoraGroup> groups, int[] tokens, CpuActivations out) {
        if (groups.isEmpty()) {
            return;
        }
        var lora = new EmbeddingLoraUnits(kernels, linear, groups, tokens, out, shrunk);
        workers.forUnits(
                lora.units(),
                lora.cost(),
                (worker, unit) -> lora.run(unit, workers.scratch(worker)));
    }

    @Override
    public void close() {
        shrunk.close();
        kept.close();
    }
}
