package org.dlora.device.cpu;

import java.util.List;
import org.dlora.device.LoraGroup;

/** The operations that apply LoRA groups to the rows of a step. One thread calls them. */
final class LoraOperations implements AutoCloseable {
    private final Kernels kernels;
    private final LinearKernels linear;
    private final Crew crew;
    private final Scratch shrunk = new Scratch();
    private final KeptTerms kept;

    /**
     * @param account of the device that the terms lie on
     */
    LoraOperations(KernelChoice choice, Crew crew, Account account) {
        this.kernels = choice.kernels();
        this.linear = choice.linear();
        this.crew = crew;
        this.kept = new KeptTerms(linear.lora(), crew.size(), account);
    }

    void lora(int index, List<LoraGroup> groups, CpuActivations x, CpuActivations y) {
        if (groups.isEmpty()) {
            return;
        }
        var terms = kept.of(index, groups, x, y);
        terms.fused()
                .ifPresent(fused ->
                        crew.claim(
                                fused.units(),
                                fused.multiplyAdds(),
                                (_, unit) -> fused.run(unit, x, y)));
        if (!terms.rest().isEmpty()) {
            new Lora(kernels, linear, terms.rest(), x, y, shrunk, crew.size()).run(crew);
        }
    }

    void loraEmbed(List<LoraGroup> groups, int[] tokens, CpuActivations out) {
        if (groups.isEmpty()) {
            return;
        }
        var lora = new EmbeddingLora(kernels, linear, groups, tokens, out, shrunk);
        crew.claim(
                lora.units(), lora.cost(), (member, unit) -> lora.run(unit, crew.scratch(member)));
    }

    @Override
    public void close() {
        shrunk.close();
        kept.close();
    }
}
