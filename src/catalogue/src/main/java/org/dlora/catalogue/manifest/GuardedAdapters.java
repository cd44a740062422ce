package org.dlora.catalogue.manifest;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.dlora.catalogue.served.AdapterService;
import org.dlora.catalogue.served.FolderListing;
import org.dlora.cluster.adapters.ServedAdapter;

/**
 * Loads and unloads by others than the manifest.
 *
 * @param service makes them
 */
public record GuardedAdapters(AdapterService service, ManagedAdapters managed)
        implements AdapterService {

    @Override
    public ServedAdapter load(String name, String path, boolean inPlace, Optional<String> origin) {
        managed.requireFreeContent(name);
        managed.requireFree(name, DesiredAdapter.ROUTE);
        return service.load(name, path, inPlace, origin);
    }

    @Override
    public FolderListing folders() {
        return service.folders();
    }

    @Override
    public CompletableFuture<Void> unload(String name) {
        managed.requireFreeContent(name);
        return service.unload(name);
    }
}
