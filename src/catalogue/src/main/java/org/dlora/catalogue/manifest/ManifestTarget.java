package org.dlora.catalogue.manifest;

import java.util.Optional;
import java.util.OptionalInt;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.versions.AliasRoute;

/**
 * The server that a manifest is applied to. Its methods block, and throw {@link
 * IllegalStateException}, {@link IllegalArgumentException} or {@link
 * org.dlora.adapter.AdapterRefusedException} with the reason where a change cannot be made.
 */
public interface ManifestTarget {

    /** Returns whether changes can be made; not before the store has been read. */
    boolean isReady();

    /** Returns a served adapter; empty if there is none of that name. */
    Optional<CatalogueEntry> find(String name);

    /** Returns the weight of an adapter's service. */
    double share(String name);

    /**
     * Returns the version of an adapter that has the content of a source and the defaults of the
     * manifest. Content below a root is served if it is not yet; other content begins to be
     * fetched.
     */
    Resolution resolve(DesiredAdapter adapter, String source);

    /** Forgets failed attempts, so that they are made again. */
    void retry();

    /** Gives an adapter the details of the manifest, and its defaults if it names no versions. */
    void update(DesiredAdapter adapter);

    /**
     * Sets the route of an alias.
     *
     * @param alias empty for the name alone
     * @param shadow version that answers once more; empty to leave it as it is
     */
    void route(String name, String alias, AliasRoute route, OptionalInt shadow);

    /** Sets the gate of a served adapter. May run prompts, to record their answers. */
    void gate(String name, DesiredGate gate);

    void pin(String name, boolean pinned);

    /** Gives an adapter a weight of service. */
    void share(String name, double share);

    /** Takes an adapter's name away. Requests accepted before run to their end. */
    void unregister(String name);
}
