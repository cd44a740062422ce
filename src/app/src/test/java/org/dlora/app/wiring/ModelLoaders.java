package org.dlora.app.wiring;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.List;
import org.dlora.app.settings.DloraProperties;
import org.dlora.catalogue.accounts.TokenAccounts;
import org.dlora.catalogue.source.hub.HubSettings;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.samples.ClusterSamples;
import org.dlora.engine.opening.DeviceOpener;
import org.dlora.engine.opening.HostProcessors;
import org.dlora.security.TeamShares;

/** Maker of model loaders without a database, observers and teams. */
final class ModelLoaders {
    private ModelLoaders() {}

    /**
     * Returns a loader on the host's processors.
     *
     * @param clock of the loader; events and samples have the system's
     */
    static ModelLoader of(DloraProperties settings, MeterRegistry metrics, Clock clock) {
        DeviceOpener devices = (_, kernels) -> HostProcessors.open(kernels);
        var hub = HubSettings.of(_ -> null, "target");
        var events = new ClusterEvents(Clock.systemUTC());
        var samples = new ClusterSamples(Clock.systemUTC());
        var catalogues =
                new CatalogueFactory(
                        settings, CatalogueOpening.inMemory(), events, TokenAccounts.FREE, clock);
        return new ModelLoader(
                settings,
                metrics,
                clock,
                events,
                new ModelFactory(settings, devices, hub, metrics, clock),
                new WeightsFactory(settings, metrics, clock),
                new ReplicasFactory(settings, metrics, events, samples, clock),
                new ClusterFactory(
                        settings, metrics, List.of(), events, TeamShares.EQUAL, samples, clock),
                catalogues,
                new AdministrationFactory(settings, catalogues, hub, events, metrics, clock));
    }
}
