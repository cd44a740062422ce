package org.dlora.scheduling.policy;

import java.util.Arrays;
import java.util.Optional;
import org.dlora.scheduling.Policy;

/** The policies that settings can name. */
public enum PolicyKind {
    UNMERGED("unmerged"),
    MERGED("merged"),
    DLORA_PAPER("dlora-paper"),
    DLORA("dlora");

    private final String label;

    PolicyKind(String label) {
        this.label = label;
    }

    /** Returns the {@link Policy#name()} of its policies. */
    public String label() {
        return label;
    }

    /** Returns the policy with its default settings. */
    public Policy<?> create() {
        return PolicySettings.of(this).create();
    }

    /** Returns {@link Policy#mayMerge()} of its policies. */
    public boolean mayMerge() {
        return create().mayMerge();
    }

    /** Returns the policy that {@code label} names. */
    public static Optional<PolicyKind> named(String label) {
        return Arrays.stream(values()).filter(kind -> kind.label.equals(label)).findFirst();
    }
}
