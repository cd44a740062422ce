package org.dlora.api.openai;

import java.util.Optional;
import java.util.stream.Stream;
import org.dlora.api.openai.call.CallSettings;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.api.openai.call.Serving;
import org.dlora.catalogue.SchedulingService;
import org.dlora.catalogue.manifest.ManagedAdapters;
import org.dlora.catalogue.manifest.ManifestService;
import org.dlora.catalogue.served.AdapterService;
import org.dlora.catalogue.served.CatalogueService;
import org.dlora.catalogue.served.ResidencyService;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.catalogue.source.AcquisitionJobs;
import org.dlora.cluster.GenerationService;
import org.dlora.cluster.migration.MigrationService;
import org.dlora.cluster.replicas.ReplicaService;
import org.dlora.model.GenerationDefaults;
import org.dlora.operate.Administration;
import org.dlora.operate.ManifestGuard;
import org.dlora.operate.Opening;

/** Builds what a test serves: models with the base model's defaults, and the services it names. */
public final class ServedBuilder {
    private final ServedModels models;
    private final GenerationService generation;
    private GenerationDefaults defaults;
    private CallSettings calls = CallSettings.DEFAULT;
    private Optional<AdapterService> adapters = Optional.empty();
    private Optional<AcquisitionJobs> acquisitions = Optional.empty();
    private Optional<CatalogueService> catalogue = Optional.empty();
    private Optional<SchedulingService> scheduling = Optional.empty();
    private Optional<ResidencyService> residency = Optional.empty();
    private Optional<ReplicaService> replicas = Optional.empty();
    private Optional<MigrationService> migrations = Optional.empty();
    private ManagedAdapters managed = new ManagedAdapters();
    private Optional<ManifestService> manifest = Optional.empty();

    public ServedBuilder(ServedModels models, GenerationService generation) {
        this.models = models;
        this.generation = generation;
        defaults = models.base().generation();
    }

    ServedBuilder defaults(GenerationDefaults other) {
        defaults = other;
        return this;
    }

    ServedBuilder calls(CallSettings settings) {
        calls = settings;
        return this;
    }

    ServedBuilder adapters(AdapterService service) {
        adapters = Optional.of(service);
        return this;
    }

    public ServedBuilder acquisitions(AcquisitionJobs service) {
        acquisitions = Optional.of(service);
        return this;
    }

    public ServedBuilder catalogue(CatalogueService service) {
        catalogue = Optional.of(service);
        return this;
    }

    public ServedBuilder scheduling(SchedulingService service) {
        scheduling = Optional.of(service);
        return this;
    }

    public ServedBuilder residency(ResidencyService service) {
        residency = Optional.of(service);
        return this;
    }

    public ServedBuilder replicas(ReplicaService service) {
        replicas = Optional.of(service);
        return this;
    }

    public ServedBuilder migrations(MigrationService service) {
        migrations = Optional.of(service);
        return this;
    }

    /** Keeps others than the manifest from changing what the manifest in force says. */
    public ServedBuilder managed(ManagedAdapters adapters) {
        managed = adapters;
        return this;
    }

    public ServedBuilder manifest(ManifestService service) {
        manifest = Optional.of(service);
        return this;
    }

    /** Returns the model as calls get it. */
    public ServedModel build() {
        return new ServedModel(
                models, "fp_0123456789abcdef", defaults, true, 16, calls, generation);
    }

    /** Returns the administration, which is open if any of its services is given. */
    public Administration administration() {
        var administration = new Administration();
        administration.begin(services());
        return administration;
    }

    /** Serves the model, and gives operators the services. */
    public void begin(Serving serving, Administration administration) {
        administration.begin(services());
        serving.begin(build());
    }

    private Administration.Services services() {
        boolean isOpen =
                Stream.of(acquisitions, catalogue, scheduling, residency, replicas, migrations)
                        .anyMatch(Optional::isPresent);
        return new Administration.Services(
                new Opening(isOpen, adapters.isPresent() || acquisitions.isPresent()),
                models,
                generation,
                adapters.orElseGet(() -> IdleServices.of(AdapterService.class)),
                acquisitions.orElseGet(IdleServices::jobs),
                catalogue.orElseGet(() -> IdleServices.of(CatalogueService.class)),
                scheduling.orElseGet(() -> IdleServices.of(SchedulingService.class)),
                residency.orElseGet(() -> IdleServices.of(ResidencyService.class)),
                replicas.orElseGet(() -> IdleServices.of(ReplicaService.class)),
                migrations.orElseGet(() -> IdleServices.of(MigrationService.class)),
                new ManifestGuard(managed),
                manifest);
    }
}
