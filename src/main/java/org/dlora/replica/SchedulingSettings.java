package org.dlora.replica;

import org.dlora.scheduling.PolicyKind;
import org.dlora.scheduling.PolicySettings;
import org.dlora.scheduling.PolicySource;
import org.dlora.scheduling.ServiceWeights;
import org.dlora.scheduling.SloLimits;

/**
 * Scheduling settings of a replica; they can be updated while it runs.
 *
 * @param slo times that clients are promised
 * @param weights of the service that models get
 */
public record SchedulingSettings(
        PolicySource policy, SloLimits slo, MergeSettings merge, ServiceWeights weights) {
    /** Steps in the order of arrival, nothing merged, nothing promised. */
    public static final SchedulingSettings DEFAULT =
            new SchedulingSettings(PolicySettings.of(PolicyKind.UNMERGED), SloLimits.NONE);

    /** Settings with the default merge settings, and the same service for all models. */
    public SchedulingSettings(PolicySource policy, SloLimits slo) {
        this(policy, slo, MergeSettings.DEFAULT, ServiceWeights.EQUAL);
    }
}
