package org.dlora.simulation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.cost.CostSamples;
import org.dlora.scheduling.cost.FittedCosts.MergeSample;
import org.dlora.scheduling.cost.FittedCosts.StepSample;

/**
 * Costs of Llama-2 7B on an A800 as dLoRA (OSDI 2024) has them: a step takes as long with 1 row as
 * with 16, and LoRA terms cost the same for any number of adapters.
 *
 * @param merged seconds of a step without LoRA terms
 * @param unmerged seconds of a step with LoRA terms, mixed steps included
 * @param merge seconds of building merged weights
 * @param promptRow further seconds of each prefill row; the paper gives none
 */
record PaperCosts(double merged, double unmerged, double merge, double promptRow)
        implements CostModel {
    /** The paper's constants. 10,000 prompt tokens per second are about half of an A800's peak. */
    static final PaperCosts DEFAULT = new PaperCosts(0.015, 0.027, 0.020, 1e-4);

    /** Sizes of an adapter of rank 16: 96 MiB in 16 bits, beside 6.5e9 weights. */
    static final LoraFacts ADAPTER =
            new LoraFacts(16, 48L << 20, 13_000_000_000L, 208_000_000_000L);

    @Override
    public double step(StepShape shape) {
        return (shape.groups().isEmpty() ? merged : unmerged) + promptRow * shape.prefillRows();
    }

    @Override
    public double merge(LoraFacts lora) {
        return merge;
    }

    /** Returns measurements of steps of all kinds, from which a replica learns these costs. */
    CostSamples samples(int maxBatch, int maxTokens) {
        var steps = new ArrayList<StepSample>();
        for (int rows = 1; rows <= maxBatch; rows++) {
            for (int groups = 0; groups <= Math.min(rows, 8); groups++) {
                steps.add(sample(0, rows, groups));
                steps.add(sample(maxTokens - rows, rows, groups));
            }
        }
        return new CostSamples(steps, List.of(new MergeSample(ADAPTER, merge)), List.of(ADAPTER));
    }

    private StepSample sample(int prefillRows, int decodeRows, int groups) {
        int each = groups == 0 ? 0 : (prefillRows + decodeRows) / groups;
        var shape =
                new StepShape(
                        prefillRows,
                        decodeRows,
                        300L * decodeRows,
                        150L * prefillRows,
                        Collections.nCopies(groups, new StepShape.Group(ADAPTER, each)),
                        decodeRows,
                        0);
        return new StepSample(shape, step(shape));
    }
}
