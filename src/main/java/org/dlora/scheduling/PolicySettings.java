package org.dlora.scheduling;

/**
 * A policy as a value: which one, and what it is set to.
 *
 * @param dlora settings of {@link PolicyKind#DLORA}; other policies have none
 */
public record PolicySettings(PolicyKind kind, DloraSettings dlora) {

    /** The policy {@code kind} with the default settings. */
    public static PolicySettings of(PolicyKind kind) {
        return new PolicySettings(kind, DloraSettings.DEFAULT);
    }

    /** A policy that has not decided anything yet. */
    public Policy<?> create() {
        return switch (kind) {
            case UNMERGED -> new ArrivalOrderPolicy();
            case MERGED -> new OldestAdapterPolicy();
            case DLORA_PAPER -> new CreditPolicy();
            case DLORA -> new DloraPolicy(dlora);
        };
    }
}
