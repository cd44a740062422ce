package org.dlora.catalogue.source;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The server that acquired adapters are for. Methods throw {@link
 * org.dlora.adapter.AdapterRefusedException} where it cannot serve one.
 */
public interface AdapterTarget {
    /**
     * Checks a name before anything is fetched.
     *
     * @param inPlace whether an adapter of that name may be replaced
     */
    void checkName(String name, boolean inPlace);

    /**
     * Validates the adapter in {@code folder}, all of its content included.
     *
     * @return the hash of its weights
     */
    String validate(String name, Path folder);

    /**
     * Serves the adapter in a folder.
     *
     * @param path a folder of the store, or what a client gave as a path below a root
     * @param origin where its files came from, with the revision
     * @return why requests for the name do not get it although it is kept, a sentence without a
     *     full stop; empty if they get it
     * @throws IllegalStateException if it can never fit into the memory or the server is shutting
     *     down
     * @throws org.dlora.catalogue.source.fetch.SourceException of kind {@code UNRECORDED} if it may
     *     have been recorded, although it is not served
     */
    Optional<String> load(String name, String path, boolean inPlace, String origin);

    /**
     * Does {@link #load(String, String, boolean, String)} for somebody.
     *
     * @param author caller who orders the load; null if unknown
     */
    default Optional<String> load(
            String name, String path, boolean inPlace, String origin, @Nullable String author) {
        return load(name, path, inPlace, origin);
    }

    /**
     * Returns the same server as a target that adds versions: an acquired adapter becomes a version
     * of the adapter of its name, whose requests do not get it.
     */
    default AdapterTarget versions() {
        throw new UnsupportedOperationException("This target adds no versions");
    }
}
