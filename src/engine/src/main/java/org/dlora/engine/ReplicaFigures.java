package org.dlora.engine;

import org.dlora.replica.kv.KvBlocks;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.StepLimits;

/**
 * The figures by which the next steps of a replica are predicted.
 *
 * @param kind names replicas that are equally fast: the device and the number of threads
 * @param mode of its weights after the last step
 */
public record ReplicaFigures(String kind, CostModel costs, StepLimits limits, Mode mode) {
    /** Figures of a replica about which nothing is known. */
    public static final ReplicaFigures UNKNOWN =
            new ReplicaFigures(
                    "",
                    CostModel.UNCALIBRATED,
                    new StepLimits(1, 1, KvBlocks.TOKENS),
                    Mode.unmerged());
}
