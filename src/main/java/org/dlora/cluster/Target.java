package org.dlora.cluster;

import org.jspecify.annotations.Nullable;

/** The model that a request names: the base, alone or with an adapter. */
public sealed interface Target {

    /** Returns the model's name for clients. */
    String name();

    /** As {@link org.dlora.engine.GenerationRequest#adapter} wants it: null for the base. */
    @Nullable String adapterName();

    /** The base model alone. */
    record Base(String name) implements Target {
        @Override
        public @Nullable String adapterName() {
            return null;
        }
    }

    /** The base model with an adapter. */
    record Adapted(ServedAdapter adapter) implements Target {
        @Override
        public String name() {
            return adapter.name();
        }

        @Override
        public String adapterName() {
            return adapter.name();
        }
    }
}
