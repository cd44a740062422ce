package org.dlora.engine;

import java.util.List;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.StepShape;

/**
 * A step that can be run.
 *
 * @param runs whose blocks are taken
 * @param shape what its time follows from
 * @param target what its replica is to merge next
 * @param decision why it is as it is
 * @param predicted seconds, NaN where costs are not known yet
 */
record PlannedStep(
        List<StepBuilder.Run> runs,
        StepShape shape,
        Mode mode,
        Mode target,
        StepDecision decision,
        double predicted) {
    PlannedStep {
        runs = List.copyOf(runs);
    }
}
