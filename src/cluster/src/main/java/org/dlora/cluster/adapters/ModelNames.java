package org.dlora.cluster.adapters;

import java.util.Optional;

/** Names of the models that are served, as the replicas' side asks for them. Thread-safe. */
public interface ModelNames {

    /** Returns the base model's name for clients. */
    String baseName();

    /**
     * Returns the registration that most requests for a name get; empty for the base, and for a
     * name that is not served.
     */
    Optional<ServedAdapter> find(String name);

    /** Returns whether a registration serves a version of the adapter of that name. */
    boolean isServed(String name, String registration);
}
