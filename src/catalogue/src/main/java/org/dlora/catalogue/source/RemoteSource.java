package org.dlora.catalogue.source;

import java.io.IOException;
import java.nio.file.Path;
import org.dlora.catalogue.source.fetch.Transfer;

/** A place that adapters are fetched from. Thread-safe. */
interface RemoteSource extends AutoCloseable {
    /** Returns the beginning of the references to this source, such as {@code hf:}. */
    String scheme();

    /**
     * Checks a reference without a call to other hosts.
     *
     * @throws org.dlora.catalogue.source.fetch.SourceException if it is malformed, or not allowed
     *     by the settings
     */
    void check(String reference);

    /**
     * Fetches an adapter's files.
     *
     * @param reference passed by {@link #check}
     * @param staging an empty folder, for the files and all else
     * @throws org.dlora.catalogue.source.fetch.SourceException if it cannot be had
     * @throws java.util.concurrent.CancellationException if {@code transfer} is cancelled or the
     *     thread interrupted
     * @throws IOException if the files cannot be written
     */
    Fetched fetch(String reference, Path staging, Transfer transfer) throws IOException;

    /** Frees connections. */
    @Override
    default void close() {}

    /**
     * Files of an adapter.
     *
     * @param folder the PEFT folder, below the staging folder
     * @param origin the reference, with the revision that was fetched
     */
    record Fetched(Path folder, String origin) {}
}
