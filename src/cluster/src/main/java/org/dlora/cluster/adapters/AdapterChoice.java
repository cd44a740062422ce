package org.dlora.cluster.adapters;

/**
 * The version of an adapter that one call gets. All sequences of the call share it. Thread-safe.
 */
public interface AdapterChoice {

    /** Returns the adapter's name. */
    String adapter();

    /** Returns the number of the version. */
    int number();

    /** Returns the alias that the client named; empty for a version or the adapter's name alone. */
    String alias();

    /** Returns the registration that serves the call. */
    ServedAdapter served();

    /**
     * Returns the registration that serves the call now. It is another one than before if that has
     * gone. A cluster calls this while no registration changes.
     *
     * @throws NoSuchAdapterException if the version is not served any more
     * @throws IllegalStateException if the version in its place has other defaults
     */
    ServedAdapter current();
}
