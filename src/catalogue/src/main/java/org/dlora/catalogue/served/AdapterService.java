package org.dlora.catalogue.served;

import java.util.concurrent.CompletableFuture;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.catalogue.source.AcquisitionRequest;
import org.dlora.cluster.adapters.ServedAdapter;

/** Service that changes which adapters are served while the server runs. Thread-safe. */
public interface AdapterService {
    /**
     * Checks the name of a request, as {@link #register} does.
     *
     * @throws NameTakenException if the name is that of a served adapter, which is not to be
     *     replaced
     * @throws org.dlora.cluster.adapters.NoSuchAdapterException if none of that name is served that
     *     gets the version
     * @throws org.dlora.adapter.AdapterRefusedException if it cannot be a name
     */
    void check(AcquisitionRequest request);

    /**
     * Validates the adapter in a folder below a root and serves it; the first request that needs it
     * has it uploaded. All or nothing: if it fails, the served names are as before. Requests
     * accepted before keep the version that they have. Blocks while files are read.
     *
     * @param request whose source is the folder
     * @throws org.dlora.adapter.AdapterRefusedException as {@link #check}, or if the path is not
     *     allowed or the adapter cannot be served
     * @throws GateFailedException if it does not pass the adapter's gate
     * @throws IllegalStateException if it can never fit into the memory or the server is shutting
     *     down
     */
    ServedAdapter register(AcquisitionRequest request);

    /**
     * Does the same with content that has been validated.
     *
     * @param origin of the files for operators, such as {@code hf:org/name@commit}
     */
    ServedAdapter register(AcquisitionRequest request, RegisteredAdapter content, String origin);

    /** Lists the folders that adapters can be registered from. Blocks while folders are read. */
    default FolderListing folders() {
        return FolderListing.NONE;
    }

    /**
     * Takes an adapter's name away. Requests accepted before run to their end.
     *
     * @return completes when the last of them has ended where the adapter was, and the memory is
     *     free there; a request that moves may have taken it to another memory
     * @throws org.dlora.cluster.adapters.NoSuchAdapterException if there is none of that name
     */
    CompletableFuture<Void> unregister(String name);
}
