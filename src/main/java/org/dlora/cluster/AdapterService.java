package org.dlora.cluster;

import java.util.concurrent.CompletableFuture;

/** Changes the adapters while the server runs. Thread-safe. */
public interface AdapterService {
    /**
     * Loads an adapter and serves it. All or nothing: where it fails, names, memory and replicas
     * are as before. Blocks while files are read and weights are packed.
     *
     * @param name what clients shall call it
     * @param path its folder, below a root
     * @param inPlace whether it may replace an adapter of that name: requests accepted before keep
     *     the old version to their end
     * @throws org.dlora.adapter.AdapterRefusedException if the name is taken, the path is not
     *     allowed or the adapter cannot be served
     * @throws IllegalStateException if a replica cannot take it, it does not fit into the memory or
     *     the server is shutting down
     */
    ServedAdapter load(String name, String path, boolean inPlace);

    /**
     * Serves an adapter no longer. Requests accepted before run to their end.
     *
     * @return completes when the last of them has ended and the memory is free
     * @throws NoSuchAdapterException if there is none of that name
     */
    CompletableFuture<Void> unload(String name);
}
