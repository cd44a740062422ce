package org.dlora.catalogue;

import java.nio.file.Files;
import java.util.List;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.adapter.AdapterSource;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.residency.AdapterMemory;

/** Checks of what is to be registered: its name, its files, and the memory for it. */
final class AdapterChecks {
    private final HostedCatalogue hosted;
    private final CatalogueWriter writer;
    private final AdapterSource source;
    private final List<AdapterMemory> memories;

    /**
     * @param memories of the cluster's replicas
     */
    AdapterChecks(CatalogueWriter writer, AdapterSource source, List<AdapterMemory> memories) {
        this.hosted = writer.hosted();
        this.writer = writer;
        this.source = source;
        this.memories = memories;
    }

    /**
     * Returns the adapter in a folder that may be loaded, and that fits into a memory. This reads
     * all of its files, so it is no part of a change, for which others wait.
     *
     * @throws AdapterRefusedException if it cannot be served
     * @throws IllegalStateException if it can never fit into a memory
     */
    RegisteredAdapter validated(String name, String path) {
        var registered = source.validate(name, source.folder(path));
        requireRoom(name, registered.bytes());
        return registered;
    }

    /** Checks that one of the memories can have room for the adapter. */
    private void requireRoom(String name, long bytes) {
        IllegalStateException refusal = null;
        for (var memory : memories) {
            try {
                memory.requireRoom(name, bytes);
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

    /**
     * Checks that an adapter may be loaded under a name.
     *
     * @param inPlace whether one that is served may be replaced
     * @throws AdapterRefusedException if the name is taken, or is none
     */
    void requireFree(String name, boolean inPlace) {
        var catalogue = hosted.names();
        if (name.equals(catalogue.baseName())) {
            throw new AdapterRefusedException(
                    "The lora adapter '%s' conflicts with a served base model. Give the adapter another name."
                            .formatted(name));
        }
        boolean isServed = catalogue.entry(name).isPresent();
        if (!inPlace && isServed) {
            throw new AdapterRefusedException(
                    "The lora adapter '%s' has already been loaded. If you want to load the adapter in place, set 'load_inplace' to true."
                            .formatted(name));
        }
        if (!isServed && writer.record(name).isEmpty()) {
            NewAdapterNames.check(name);
        }
    }
}
