package org.dlora.app.wiring;

import java.nio.file.Path;
import java.util.Optional;
import org.dlora.adapter.AdapterName;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.adapter.ContentMemo;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.app.source.ModelSource;
import org.dlora.audit.AuditedAction;
import org.dlora.catalogue.AcquiredContent;
import org.dlora.catalogue.manifest.ManagedAdapterException;
import org.dlora.catalogue.served.AdapterService;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.served.CatalogueService;
import org.dlora.catalogue.source.AdapterTarget;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.model.BaseModel;
import org.dlora.operate.ManifestGuard;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;

/**
 * The server as the target of acquired adapters.
 *
 * @param service serves them
 * @param catalogue has the names that are taken
 * @param guard of the content that the manifest says
 * @param versionService adds versions to adapters
 */
record AcquiredAdapters(
        AdapterService service,
        Catalogue catalogue,
        ManifestGuard guard,
        BaseModel base,
        AdapterUploader uploader,
        CatalogueService versionService)
        implements AdapterTarget {

    @Override
    public void checkName(String name, boolean inPlace) {
        checkFree(name);
        if (!inPlace && catalogue.find(name).isPresent()) {
            throw new AdapterRefusedException(
                    "The adapter '%s' is served already. Choose another name, or add a version of it: on its page of the console, or by activate=false; in_place=true replaces it"
                            .formatted(name));
        }
    }

    /** Checks that a name can be an adapter's, and that the manifest does not say its content. */
    void checkFree(String name) {
        try {
            AdapterName.check(name);
            ModelSource.checkName(name, catalogue.baseName());
        } catch (LoadException e) {
            throw new AdapterRefusedException(String.valueOf(e.getMessage()));
        }
        try {
            guard.unload(name);
        } catch (ManagedAdapterException e) {
            throw new SourceException(
                    SourceException.Kind.CONFLICT, String.valueOf(e.getMessage()));
        }
    }

    /** Does not remember the content: the folder is moved away, or removed. */
    @Override
    public String validate(String name, Path folder) {
        try {
            return RegisteredAdapter.of(name, folder, base, uploader, ContentMemo.none())
                    .validate();
        } catch (LoadException e) {
            throw new AdapterRefusedException(
                    "The adapter '%s' cannot be served: %s"
                            .formatted(
                                    name,
                                    // A folder of the store, which clients do not know.
                                    String.valueOf(e.getMessage())
                                            .replace(folder.toString(), "its files")));
        }
    }

    @Override
    public Optional<String> load(String name, String path, boolean inPlace, String origin) {
        return AcquiredContent.load(() -> {
            guard.load(name);
            var _ = service.load(name, path, inPlace, Optional.of(origin));
        });
    }

    @Override
    public Optional<String> load(
            String name, String path, boolean inPlace, String origin, @Nullable String author) {
        return author == null
                ? load(name, path, inPlace, origin)
                : AuditedAction.call(
                        author, "adapter.register", () -> load(name, path, inPlace, origin));
    }

    @Override
    public AdapterTarget versions() {
        return new AcquiredVersions(this, versionService);
    }
}
