package org.dlora.app.wiring;

import java.nio.file.Path;
import java.util.Optional;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.adapter.AdapterSource;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.audit.AuditedAction;
import org.dlora.catalogue.AcquiredContent;
import org.dlora.catalogue.manifest.ManagedAdapterException;
import org.dlora.catalogue.served.AdapterService;
import org.dlora.catalogue.source.AcquisitionRequest;
import org.dlora.catalogue.source.AdapterTarget;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.operate.ManifestGuard;
import org.jspecify.annotations.Nullable;

/**
 * The server as the target of acquired adapters.
 *
 * @param service registers them
 * @param source validates them
 * @param guard of the content that the manifest says
 */
record AcquiredAdapters(AdapterService service, AdapterSource source, ManifestGuard guard)
        implements AdapterTarget {

    @Override
    public void check(AcquisitionRequest request) {
        try {
            guard.addVersion(request.name(), request.isActivated());
            service.check(request);
        } catch (ManagedAdapterException e) {
            throw new SourceException(
                    SourceException.Kind.CONFLICT, String.valueOf(e.getMessage()));
        } catch (NoSuchAdapterException _) {
            throw unknown(request.name());
        }
    }

    @Override
    public RegisteredAdapter validate(String name, Path folder) {
        return source.validateAcquired(name, folder);
    }

    @Override
    public RegisteredAdapter validate(String name, String path) {
        return source.validate(name, source.folder(path));
    }

    @Override
    public Optional<String> register(
            AcquisitionRequest request,
            RegisteredAdapter content,
            String origin,
            @Nullable String author) {
        if (author == null) {
            return register(request, content, origin);
        }
        var action = request.isActivated() ? "adapter.register" : "adapter.add_version";
        return AuditedAction.call(author, action, () -> register(request, content, origin));
    }

    private Optional<String> register(
            AcquisitionRequest request, RegisteredAdapter content, String origin) {
        try {
            return AcquiredContent.register(() -> {
                guard.addVersion(request.name(), request.isActivated());
                var _ = service.register(request, content, origin);
            });
        } catch (NoSuchAdapterException _) {
            throw unknown(request.name());
        }
    }

    private static AdapterRefusedException unknown(String name) {
        return new AdapterRefusedException(
                "No adapter '%s' is served, so it gets no version; add it with activate true"
                        .formatted(name));
    }
}
