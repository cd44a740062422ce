package org.dlora.app.wiring;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.Optional;
import org.dlora.app.settings.DloraProperties;
import org.dlora.catalogue.ManifestChanges;
import org.dlora.catalogue.RootWatch;
import org.dlora.catalogue.RuntimeAdapters;
import org.dlora.catalogue.manifest.ManagedAdapters;
import org.dlora.catalogue.manifest.ManifestWatch;
import org.dlora.catalogue.served.ClusterResidency;
import org.dlora.catalogue.served.ResidencyService;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.catalogue.source.AcquisitionJobs;
import org.dlora.catalogue.source.AdapterSources;
import org.dlora.catalogue.source.hub.HubSettings;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.engine.opening.Closing;
import org.dlora.operate.Administration;
import org.dlora.operate.ManifestGuard;
import org.dlora.operate.Opening;
import org.springframework.stereotype.Component;

/** Factory of the services that operators use, and of the watches that act for operators. */
@Component
final class AdministrationFactory {
    private final DloraProperties settings;
    private final CatalogueFactory catalogues;
    private final HubSettings hub;
    private final ClusterEvents events;
    private final MeterRegistry metrics;
    private final Clock clock;

    AdministrationFactory(
            DloraProperties settings,
            CatalogueFactory catalogues,
            HubSettings hub,
            ClusterEvents events,
            MeterRegistry metrics,
            Clock clock) {
        this.settings = settings;
        this.catalogues = catalogues;
        this.hub = hub;
        this.events = events;
        this.metrics = metrics;
        this.clock = clock;
    }

    /** Starts the services for a model that is served. */
    Administration.Services start(
            CatalogueServices services,
            RunningCluster running,
            ServedModels models,
            Closing closing) {
        var restored = services.restored();
        var changes = services.adapters();
        var managed = new ManagedAdapters();
        var guard = new ManifestGuard(managed);
        var jobs = closing.later(jobs(restored, target(restored, changes, guard)));
        var residency = residency(services, running);
        var manifest = manifest(services, residency, jobs, managed, closing);
        catalogues.follow(services, closing);
        watchRoots(services, managed, closing);
        // Ended before those who wait for them.
        closing.later((AutoCloseable) changes::endGates);
        return new Administration.Services(
                new Opening(!settings.allowOpenNetwork(), settings.allowsRuntimeUpdates()),
                models,
                running.cluster(),
                changes.service(),
                jobs,
                changes.catalogue(),
                services.scheduling(),
                residency,
                running.replicas(),
                running.migrations(),
                guard,
                manifest.map(watch -> watch));
    }

    private AcquisitionJobs jobs(RestoredAdapters restored, AcquiredAdapters target) {
        return new AcquisitionJobs(
                restored.contents(),
                AdapterSources.of(settings.adapters().sourceSettings(), hub),
                target,
                clock,
                new AcquisitionMeters(metrics));
    }

    private static AcquiredAdapters target(
            RestoredAdapters restored, RuntimeAdapters adapters, ManifestGuard guard) {
        return new AcquiredAdapters(adapters.service(), restored.source(), guard);
    }

    private static ResidencyService residency(CatalogueServices services, RunningCluster running) {
        var restored = services.restored();
        var changes = services.adapters();
        return new ClusterResidency(
                restored.catalogue(),
                running.cluster().pool().memories(),
                restored.model().devices().ledgers(),
                changes::broken,
                changes.pins());
    }

    private Optional<ManifestWatch> manifest(
            CatalogueServices services,
            ResidencyService residency,
            AcquisitionJobs jobs,
            ManagedAdapters managed,
            Closing closing) {
        var model = services.restored().model();
        var read =
                StartManifest.read(
                        settings, model.source().name(), model.base().spec().vocabSize());
        if (read.isEmpty()) {
            return Optional.empty();
        }
        var changes = services.adapters();
        // The manifest's own changes are the ones that nothing guards.
        var target = target(services.restored(), changes, new ManifestGuard(new ManagedAdapters()));
        var applied =
                new ManifestChanges(
                        changes, residency, services.scheduling(), jobs, target, managed, clock);
        var watch = closing.later(read.get().watch(settings, managed, applied, clock, events));
        watch.start();
        return Optional.of(watch);
    }

    private void watchRoots(CatalogueServices services, ManagedAdapters managed, Closing closing) {
        var interval = settings.adapters().rootsInterval();
        if (!interval.isZero()) {
            var restored = services.restored();
            var roots = restored.model().source().adapterRoots();
            closing.later(new RootWatch(roots, services.adapters(), managed, interval, clock))
                    .start(restored.initial().leftOutFolders());
        }
    }
}
