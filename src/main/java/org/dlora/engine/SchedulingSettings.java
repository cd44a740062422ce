package org.dlora.engine;

import org.dlora.scheduling.ArrivalOrderPolicy;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.ServiceWeights;
import org.dlora.scheduling.SloLimits;

/**
 * How a replica chooses its steps; can be changed while it runs.
 *
 * @param slo what its clients are promised
 * @param weights of the service that models get
 */
public record SchedulingSettings(
        Policy<?> policy, SloLimits slo, MergeSettings merge, ServiceWeights weights) {
    /** In the order of arrival, nothing merged, nothing promised. */
    public static final SchedulingSettings DEFAULT =
            new SchedulingSettings(new ArrivalOrderPolicy(), SloLimits.NONE);

    /** With the default way of merging, and the same service for all. */
    public SchedulingSettings(Policy<?> policy, SloLimits slo) {
        this(policy, slo, MergeSettings.DEFAULT, ServiceWeights.EQUAL);
    }
}
