package org.dlora.replica;

import org.dlora.scheduling.PolicySource;
import org.dlora.scheduling.ServiceWeights;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.TeamWeights;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;

/**
 * Scheduling settings of a replica; they can be updated while it runs.
 *
 * @param slo times that clients are promised
 * @param weights of the service that models get
 * @param teams shares of the service that teams get
 */
public record SchedulingSettings(
        PolicySource policy,
        SloLimits slo,
        MergeSettings merge,
        ServiceWeights weights,
        TeamWeights teams) {
    /** Settings for steps in the order of arrival, without merging and without promised times. */
    public static final SchedulingSettings DEFAULT =
            new SchedulingSettings(PolicySettings.of(PolicyKind.UNMERGED), SloLimits.NONE);

    /** Creates settings with equal shares of all teams. */
    public SchedulingSettings(
            PolicySource policy, SloLimits slo, MergeSettings merge, ServiceWeights weights) {
        this(policy, slo, merge, weights, TeamWeights.EQUAL);
    }

    /** Creates settings with the default merge settings and equal weights of all models. */
    public SchedulingSettings(PolicySource policy, SloLimits slo) {
        this(policy, slo, MergeSettings.DEFAULT, ServiceWeights.EQUAL);
    }

    /** Returns these settings with another policy. */
    public SchedulingSettings with(PolicySource other) {
        return new SchedulingSettings(other, slo, merge, weights, teams);
    }

    /** Returns these settings with other promised times. */
    public SchedulingSettings with(SloLimits other) {
        return new SchedulingSettings(policy, other, merge, weights, teams);
    }

    /** Returns these settings with another way to merge. */
    public SchedulingSettings with(MergeSettings other) {
        return new SchedulingSettings(policy, slo, other, weights, teams);
    }

    /** Returns these settings with other weights of models. */
    public SchedulingSettings with(ServiceWeights other) {
        return new SchedulingSettings(policy, slo, merge, other, teams);
    }

    /** Returns these settings with other shares of teams. */
    public SchedulingSettings with(TeamWeights other) {
        return new SchedulingSettings(policy, slo, merge, weights, other);
    }
}
