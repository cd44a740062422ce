package org.dlora.catalogue;

import java.nio.file.Files;
import java.util.List;
import org.dlora.adapter.AdapterName;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.catalogue.served.NameTakenException;
import org.dlora.catalogue.source.AcquisitionRequest;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.residency.AdapterMemory;

/** Checks of what is to be registered: its name, its files, and the memory for it. */
final class AdapterChecks {
    private final HostedCatalogue hosted;
    private final CatalogueWriter writer;
    private final List<AdapterMemory> memories;

    /**
     * @param memories of the cluster's replicas
     */
    AdapterChecks(CatalogueWriter writer, List<AdapterMemory> memories) {
        this.hosted = writer.hosted();
        this.writer = writer;
        this.memories = memories;
    }

    /**
     * Checks that one of the memories can have room for the adapter.
     *
     * @throws IllegalStateException if none can ever have it
     */
    void requireRoom(RegisteredAdapter adapter) {
        IllegalStateException refusal = null;
        for (var memory : memories) {
            try {
                memory.requireRoom(adapter.name(), adapter.bytes());
                return;
            } catch (IllegalStateException e) {
                refusal = e;
            }
        }
        if (refusal != null) {
            throw refusal;
        }
    }

    /**
     * Checks that unused contents have not been removed since they were validated.
     *
     * @throws AdapterRefusedException if they have
     */
    static void requireFiles(RegisteredAdapter registered) {
        if (!Files.isDirectory(registered.folder())) {
            throw new AdapterRefusedException(
                    "The files in %s have been removed meanwhile; acquire the adapter again"
                            .formatted(registered.folder()));
        }
    }

    /**
     * Checks that an adapter is served.
     *
     * @throws NoSuchAdapterException if not
     */
    void requireServed(String name) {
        if (hosted.names().entry(name).isEmpty()) {
            throw new NoSuchAdapterException(name);
        }
    }

    /** See {@link org.dlora.catalogue.served.AdapterService#check}. */
    void check(AcquisitionRequest request) {
        var name = request.name();
        if (!request.isActivated()) {
            requireServed(name);
            return;
        }
        requireUsable(name);
        if (!request.inPlace() && hosted.names().entry(name).isPresent()) {
            throw new NameTakenException(name);
        }
    }

    /**
     * Checks that requests can name an adapter so, new or not.
     *
     * @throws AdapterRefusedException if not
     */
    void requireUsable(String name) {
        var names = hosted.names();
        boolean isNew = names.entry(name).isEmpty() && writer.record(name).isEmpty();
        AdapterName.check(name, names.baseName(), isNew);
    }
}
