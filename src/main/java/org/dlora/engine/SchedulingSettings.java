package org.dlora.engine;

import org.dlora.scheduling.ArrivalOrderPolicy;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.SloLimits;

/**
 * How a replica chooses its steps; can be changed while it runs.
 *
 * @param slo what its clients are promised
 */
public record SchedulingSettings(Policy<?> policy, SloLimits slo, MergeSettings merge) {
    /** In the order of arrival, nothing merged, nothing promised. */
    public static final SchedulingSettings DEFAULT =
            new SchedulingSettings(new ArrivalOrderPolicy(), SloLimits.NONE);

    /** With the default way of merging. */
    public SchedulingSettings(Policy<?> policy, SloLimits slo) {
        this(policy, slo, MergeSettings.DEFAULT);
    }
}
