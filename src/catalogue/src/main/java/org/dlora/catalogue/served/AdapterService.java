package org.dlora.catalogue.served;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.dlora.cluster.adapters.ServedAdapter;

/** Service that changes which adapters are served while the server runs. Thread-safe. */
public interface AdapterService {
    /**
     * Validates an adapter and serves it; the first request that needs it loads it into memory. All
     * or nothing: if it fails, the served names are as before. Blocks while files are read.
     *
     * @param name the name for clients
     * @param path its folder, below a root
     * @param inPlace whether the adapter may replace one of that name. Requests accepted before
     *     keep the old version
     * @throws org.dlora.adapter.AdapterRefusedException if the name is taken, the path is not
     *     allowed or the adapter cannot be served
     * @throws GateFailedException if it does not pass the adapter's gate
     * @throws IllegalStateException if it can never fit into the memory or the server is shutting
     *     down
     */
    default ServedAdapter load(String name, String path, boolean inPlace) {
        return load(name, path, inPlace, Optional.empty());
    }

    /**
     * Does {@link #load(String, String, boolean)} with files that came from elsewhere.
     *
     * @param origin for operators, such as {@code hf:org/name@commit}; empty: the path itself
     */
    ServedAdapter load(String name, String path, boolean inPlace, Optional<String> origin);

    /** Lists the folders that adapters can be loaded from. Blocks while folders are read. */
    default FolderListing folders() {
        return FolderListing.NONE;
    }

    /**
     * Takes an adapter's name away. Requests accepted before run to their end.
     *
     * @return completes when the last of them has ended where the adapter was, and the memory is
     *     free there; a request that moves may have taken it to another memory
     * @throws NoSuchAdapterException if there is none of that name
     */
    CompletableFuture<Void> unload(String name);
}
