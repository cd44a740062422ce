package org.dlora.scheduling;

import java.util.Arrays;
import java.util.Optional;

/** The policies that settings can name. */
public enum PolicyKind {
    UNMERGED("unmerged") {
        @Override
        public Policy<?> create() {
            return new ArrivalOrderPolicy();
        }
    },
    MERGED("merged") {
        @Override
        public Policy<?> create() {
            return new OldestAdapterPolicy();
        }
    },
    DLORA_PAPER("dlora-paper") {
        @Override
        public Policy<?> create() {
            return new CreditPolicy();
        }
    },
    DLORA("dlora") {
        @Override
        public Policy<?> create() {
            return new DloraPolicy(DloraSettings.DEFAULT);
        }
    };

    private final String label;

    PolicyKind(String label) {
        this.label = label;
    }

    /** {@link Policy#name()} of its policies. */
    public String label() {
        return label;
    }

    public abstract Policy<?> create();

    /** See {@link Policy#mayMerge()}. */
    public boolean mayMerge() {
        return create().mayMerge();
    }

    /** The one that is called so. */
    public static Optional<PolicyKind> named(String label) {
        return Arrays.stream(values()).filter(kind -> kind.label.equals(label)).findFirst();
    }
}
