package org.dlora.scheduling.policy;

import org.dlora.scheduling.Policy;
import org.dlora.scheduling.PolicySource;
import org.dlora.scheduling.credit.CreditPolicy;
import org.dlora.scheduling.fair.DloraPolicy;
import org.dlora.scheduling.fair.DloraSettings;

/**
 * A policy as a value: its kind and its settings.
 *
 * @param dlora settings of {@link PolicyKind#DLORA}; other policies have none
 */
public record PolicySettings(PolicyKind kind, DloraSettings dlora) implements PolicySource {

    /** Returns the settings of the policy {@code kind} with the defaults. */
    public static PolicySettings of(PolicyKind kind) {
        return new PolicySettings(kind, DloraSettings.DEFAULT);
    }

    @Override
    public String name() {
        return kind.label();
    }

    @Override
    public boolean mayMerge() {
        return kind.mayMerge();
    }

    @Override
    public Policy<?> create() {
        return switch (kind) {
            case UNMERGED -> new ArrivalOrderPolicy();
            case MERGED -> new OldestAdapterPolicy();
            case DLORA_PAPER -> new CreditPolicy();
            case DLORA -> new DloraPolicy(dlora);
        };
    }
}
