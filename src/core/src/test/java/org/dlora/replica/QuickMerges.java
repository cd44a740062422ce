package org.dlora.replica;

import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.StepShape;

/** Costs of a device that merges within a few steps, and whose LoRA terms are slow. */
record QuickMerges() implements CostModel {
    @Override
    public double step(StepShape shape) {
        return 1e-3 * shape.rows() + 1e-4 * shape.groups().size();
    }

    @Override
    public double merge(LoraFacts lora) {
        return 1e-3;
    }
}
