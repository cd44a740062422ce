package org.dlora.engine;

import java.util.List;
import org.dlora.scheduling.StepDecision;

/**
 * A step that can be run.
 *
 * @param runs whose blocks are taken
 * @param decision why it is as it is
 */
record PlannedStep(List<StepBuilder.Run> runs, StepDecision decision) {
    PlannedStep {
        runs = List.copyOf(runs);
    }
}
