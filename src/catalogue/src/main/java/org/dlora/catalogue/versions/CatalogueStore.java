package org.dlora.catalogue.versions;

import java.util.Map;
import java.util.Optional;

/**
 * Store of the catalogue of one base model. A write is whole or not at all, and lasts once the call
 * has returned. Calls may block; no event loop makes them. Thread-safe.
 */
public interface CatalogueStore {

    /**
     * Reads all that is kept.
     *
     * @throws CatalogueUnavailableException if the database is away
     */
    CatalogueContent read();

    /**
     * Reads which folders the versions have that can be served, of all base models; empty if
     * nothing outlasts the process.
     *
     * @throws CatalogueUnavailableException if the database is away
     */
    default Optional<KeptFolders> folders() {
        return Optional.empty();
    }

    /**
     * Writes an adapter with its versions and aliases, in place of what is kept under its name.
     *
     * @throws CatalogueUnavailableException if the database is away
     */
    void write(AdapterRecord adapter);

    /**
     * Does {@link #write} if the store has of the adapter what the caller knows.
     *
     * @param before record that the caller knows; empty if none
     * @throws CatalogueChangedException if another server has written meanwhile
     * @throws CatalogueUnavailableException if the database is away
     */
    default void replace(Optional<AdapterRecord> before, AdapterRecord adapter) {
        write(adapter);
    }

    /**
     * Returns the number of changes so far. It grows with each change, whichever server makes it; 0
     * where no other server can write.
     *
     * @throws CatalogueUnavailableException if the database is away
     */
    default long revision() {
        return 0;
    }

    /**
     * Forgets an adapter with all of its versions; does nothing if there is none of that name.
     *
     * @param known record that the caller knows
     * @throws CatalogueChangedException if another server has written meanwhile
     * @throws CatalogueUnavailableException if the database is away
     */
    void delete(AdapterRecord known);

    /**
     * Changes weights of service. Models with the same weight before and after keep what is stored.
     *
     * @param before weights that the caller knows, by the adapter's name; the empty string is the
     *     base model's
     * @param after weights to be stored instead
     * @throws CatalogueChangedException if a changed model has neither weight, because another
     *     server has written meanwhile
     * @throws CatalogueUnavailableException if the database is away
     */
    void writeShares(Map<String, Double> before, Map<String, Double> after);
}
