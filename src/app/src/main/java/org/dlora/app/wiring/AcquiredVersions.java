package org.dlora.app.wiring;

import java.nio.file.Path;
import java.util.Optional;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.audit.AuditedAction;
import org.dlora.catalogue.AcquiredContent;
import org.dlora.catalogue.served.CatalogueService;
import org.dlora.catalogue.source.AdapterTarget;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.jspecify.annotations.Nullable;

/**
 * The server as the target of acquired versions: each becomes a version of the adapter of its name,
 * and requests get it once an alias routes to it.
 *
 * @param adapters validates them
 * @param service adds them
 */
record AcquiredVersions(AcquiredAdapters adapters, CatalogueService service)
        implements AdapterTarget {

    /** Checks that an adapter of that name is served; {@code inPlace} says nothing here. */
    @Override
    public void checkName(String name, boolean inPlace) {
        adapters.checkFree(name);
        if (adapters.catalogue().find(name).isEmpty()) {
            throw unknown(name);
        }
    }

    @Override
    public String validate(String name, Path folder) {
        return adapters.validate(name, folder);
    }

    @Override
    public Optional<String> load(String name, String path, boolean inPlace, String origin) {
        try {
            return AcquiredContent.load(() -> {
                adapters.guard().addVersion(name, false);
                var _ = service.addVersion(name, path, false, Optional.of(origin));
            });
        } catch (NoSuchAdapterException _) {
            throw unknown(name);
        }
    }

    @Override
    public Optional<String> load(
            String name, String path, boolean inPlace, String origin, @Nullable String author) {
        return author == null
                ? load(name, path, inPlace, origin)
                : AuditedAction.call(
                        author, "adapter.add_version", () -> load(name, path, inPlace, origin));
    }

    private static AdapterRefusedException unknown(String name) {
        return new AdapterRefusedException(
                "No adapter '%s' is served, so it gets no version; add it with activate true"
                        .formatted(name));
    }
}
