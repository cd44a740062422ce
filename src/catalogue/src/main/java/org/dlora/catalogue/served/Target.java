package org.dlora.catalogue.served;

import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.scheduling.AdapterRef;

/** The model that a request names: the base, alone or with an adapter. */
public sealed interface Target {

    /** Returns the model's name for clients. */
    String name();

    /** Returns the adapter by the name that clients use, or the base model. */
    AdapterRef adapter();

    /** The base model alone. */
    record Base(String name) implements Target {
        @Override
        public AdapterRef adapter() {
            return AdapterRef.base();
        }
    }

    /** The base model with an adapter. */
    record Adapted(ServedAdapter served) implements Target {
        @Override
        public String name() {
            return served.name();
        }

        @Override
        public AdapterRef adapter() {
            return AdapterRef.of(served.name());
        }
    }
}
