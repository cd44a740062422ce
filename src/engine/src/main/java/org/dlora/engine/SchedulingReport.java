package org.dlora.engine;

import java.util.List;
import org.dlora.replica.RecordedStep;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.ServiceWeights;
import org.dlora.scheduling.SloLimits;

/**
 * A report of the settings of a replica and of its last decisions.
 *
 * @param replica its id
 * @param policy name of the policy
 * @param weights of the service that models get
 * @param merge how far it is with merging
 * @param now seconds, on the clock of {@link RecordedStep#at}
 * @param steps the last ones, the newest first
 */
public record SchedulingReport(
        String replica,
        String policy,
        SloLimits slo,
        ServiceWeights weights,
        MergeView merge,
        double now,
        List<RecordedStep> steps) {
    public SchedulingReport {
        steps = List.copyOf(steps);
    }
}
