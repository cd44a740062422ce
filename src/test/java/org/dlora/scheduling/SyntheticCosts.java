package org.dlora.scheduling;

import java.util.Collections;
import java.util.List;

/**
 * A device that is easy to reckon with.
 *
 * @param step seconds of a step whatever runs
 * @param row seconds of a row
 * @param group seconds of a LoRA group whatever its rows
 * @param element seconds of a row and an element of its A and B
 * @param merge seconds of building merged weights
 */
record SyntheticCosts(double step, double row, double group, double element, double merge)
        implements CostModel {
    /** Steps of tens of milliseconds; LoRA of rank 128 costs half a row. */
    static final SyntheticCosts CPU = new SyntheticCosts(0.010, 0.001, 0.0002, 6e-11, 0.15);

    @Override
    public double step(StepShape shape) {
        double seconds = step + row * shape.rows();
        for (var group : shape.groups()) {
            seconds += this.group + element * group.lora().elements() * group.rows();
        }
        return seconds;
    }

    @Override
    public List<LoraFacts> typicalAdapters() {
        return Collections.nCopies(8, RandomAdapters.adapter("typical").lora());
    }

    @Override
    public double merge(LoraFacts lora) {
        return merge;
    }
}
