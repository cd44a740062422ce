package org.dlora.catalogue.source;

import java.nio.file.Path;
import java.util.Optional;
import org.dlora.adapter.RegisteredAdapter;
import org.jspecify.annotations.Nullable;

/**
 * The server that acquired adapters are for. Methods throw {@link
 * org.dlora.adapter.AdapterRefusedException} where it cannot serve one.
 */
public interface AdapterTarget {
    /** Checks a request before anything is fetched. */
    void check(AcquisitionRequest request);

    /** Validates the adapter in a folder that is about to move, all of its content included. */
    RegisteredAdapter validate(String name, Path folder);

    /** Validates the adapter in a folder below a root, as a client has given its path. */
    RegisteredAdapter validate(String name, String path);

    /**
     * Registers an adapter.
     *
     * @param content validated, where it stays
     * @param origin where its files came from, with the revision
     * @param author caller who orders it, as the audit names callers; null if unknown
     * @return why requests for the name do not get it although it is kept, a sentence without a
     *     full stop; empty if they get it
     * @throws IllegalStateException if it can never fit into the memory or the server is shutting
     *     down
     * @throws org.dlora.catalogue.source.fetch.SourceException of kind {@code UNRECORDED} if it may
     *     have been recorded, although it is not served
     */
    Optional<String> register(
            AcquisitionRequest request,
            RegisteredAdapter content,
            String origin,
            @Nullable String author);
}
