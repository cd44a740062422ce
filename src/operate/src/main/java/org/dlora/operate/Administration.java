package org.dlora.operate;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.dlora.catalogue.SchedulingService;
import org.dlora.catalogue.manifest.ManifestService;
import org.dlora.catalogue.served.AdapterService;
import org.dlora.catalogue.served.CatalogueService;
import org.dlora.catalogue.served.ResidencyService;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.catalogue.source.AcquisitionJobs;
import org.dlora.cluster.GenerationService;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.migration.MigrationService;
import org.dlora.cluster.replicas.ReplicaService;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;

/**
 * Holder of the services that operators use. It is empty while the model is loaded and warmed up,
 * and gives no service that its {@link Opening} keeps closed. Thread-safe.
 */
public final class Administration {
    private final AtomicReference<@Nullable Services> current = new AtomicReference<>();

    /**
     * Services of a model that has been loaded.
     *
     * @param guard of the manifest in force, if there is one
     * @param manifest empty if there is none
     */
    public record Services(
            Opening opening,
            ServedModels models,
            GenerationService generation,
            AdapterService adapters,
            AcquisitionJobs acquisitions,
            CatalogueService catalogue,
            SchedulingService scheduling,
            ResidencyService residency,
            ReplicaService replicas,
            MigrationService migrations,
            ManifestGuard guard,
            Optional<ManifestService> manifest) {}

    /** Gives these services from now on. */
    public void begin(Services services) {
        current.set(services);
    }

    /** Refuses all calls from now on. */
    public void end() {
        current.set(null);
    }

    /**
     * Returns the models that are served, also where the administration is closed.
     *
     * @throws NotReadyException if the model is not loaded, as all methods do
     */
    public ServedModels models() {
        return services().models;
    }

    /** Lists the adapters that a call may use, in the order of {@code /v1/models}. */
    public List<ServedAdapter> visible(Access access) {
        return models().adapters(access::mayUse);
    }

    /** Returns the service that generates, also where the administration is closed. */
    public GenerationService generation() {
        return services().generation;
    }

    /** Returns whether the model is loaded. */
    public boolean isReady() {
        return current.get() != null;
    }

    /** Returns whether clients may register and unregister adapters. */
    public boolean allowsUpdates() {
        return services().opening.allowsUpdates();
    }

    /** Returns whether the administration is open. */
    public boolean isOpen() {
        return services().opening.isOpen();
    }

    /** Returns whether clients may acquire adapters. */
    public boolean allowsAcquisitions() {
        return services().opening.allowsAcquisitions();
    }

    /** Reads the services if the administration is open, else returns {@code closed}. */
    public <T> T read(Function<Administration, T> reader, T closed) {
        return isOpen() ? reader.apply(this) : closed;
    }

    /**
     * Returns the service that registers and unregisters adapters.
     *
     * @throws ClosedAdministrationException if clients may not do that
     */
    public AdapterService adapters() {
        var services = services();
        services.opening.requireUpdates();
        return services.adapters;
    }

    /** Returns the jobs that acquire adapters; throws as {@link #adapters} does. */
    public AcquisitionJobs acquisitions() {
        var services = services();
        services.opening.requireAcquisitions();
        return services.acquisitions;
    }

    /**
     * Returns the service of versions and aliases.
     *
     * @throws ClosedAdministrationException if the administration is closed, as all methods below
     *     do
     */
    public CatalogueService catalogue() {
        return open().catalogue;
    }

    /** Returns the service of policies and settings of the scheduling. */
    public SchedulingService scheduling() {
        return open().scheduling;
    }

    /** Returns the service of the adapters' residency. */
    public ResidencyService residency() {
        return open().residency;
    }

    /** Returns the service of the replicas. */
    public ReplicaService replicas() {
        return open().replicas;
    }

    /** Returns the service that moves requests and adapters between replicas. */
    public MigrationService migrations() {
        return open().migrations;
    }

    /** Returns the manifest's guard, which commands ask before they change an adapter. */
    public ManifestGuard guard() {
        return services().guard;
    }

    /** Returns the service of the manifest; empty if there is none, or it is closed too. */
    public Optional<ManifestService> manifest() {
        return read(open -> open.services().manifest, Optional.empty());
    }

    private Services open() {
        var services = services();
        services.opening.requireOpen();
        return services;
    }

    private Services services() {
        var services = current.get();
        if (services == null) {
            throw new NotReadyException();
        }
        return services;
    }
}
