package org.dlora.app.wiring;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.app.settings.DloraProperties;
import org.dlora.app.settings.GenerationConfigUse;
import org.dlora.catalogue.RuntimeAdapters;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.engine.opening.Closing;
import org.dlora.engine.opening.StartException;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Loader of all that is served: it calls the factories of model, replicas, cluster, catalogue and
 * administration in their order.
 */
@Component
final class ModelLoader {
    private final DloraProperties settings;
    private final MeterRegistry metrics;
    private final Clock clock;
    private final ClusterEvents events;
    private final ModelFactory models;
    private final WeightsFactory weights;
    private final ReplicasFactory replicas;
    private final ClusterFactory clusters;
    private final CatalogueFactory catalogues;
    private final AdministrationFactory administrations;
    private volatile int leftOut;
    private volatile @Nullable RuntimeAdapters registered;

    ModelLoader(
            DloraProperties settings,
            MeterRegistry metrics,
            Clock clock,
            ClusterEvents events,
            ModelFactory models,
            WeightsFactory weights,
            ReplicasFactory replicas,
            ClusterFactory clusters,
            CatalogueFactory catalogues,
            AdministrationFactory administrations) {
        this.settings = settings;
        this.metrics = metrics;
        this.clock = clock;
        this.events = events;
        this.models = models;
        this.weights = weights;
        this.replicas = replicas;
        this.clusters = clusters;
        this.catalogues = catalogues;
        this.administrations = administrations;
        Gauge.builder("dlora.adapters.left.out", this, ModelLoader::leftOut)
                .description("Adapters that are not served because of their files")
                .register(metrics);
    }

    /**
     * Returns the number of adapters that are not served because of their files: those left out at
     * the start, and those withdrawn since.
     */
    int leftOut() {
        var known = registered;
        return leftOut + (known == null ? 0 : known.broken().size());
    }

    /**
     * Loads, starts and warms up everything. All it opens goes to {@code closing}, also if it
     * fails.
     *
     * @throws org.dlora.tensor.LoadException if the model cannot be served. An adapter that cannot
     *     be served is left out
     * @throws java.util.concurrent.CancellationException if {@code closing} was stopped meanwhile
     * @throws StartException if the settings do not fit the model or the machine
     */
    LoadedModel load(Closing closing) {
        catalogues.open();
        var model = models.open(closing);
        var initial = InitialAdapters.register(model.source(), model::adapter);
        leftOut = initial.leftOut();
        var placed = weights.place(model, initial.bytes(), closing);
        var adapters = new ServedAdapters(settings, metrics, clock, events, placed, closing);
        var permits = weights.permits(placed, closing);
        var restored = catalogues.restore(placed, initial, closing);
        var catalogue = restored.catalogue();
        var scheduling = settings.scheduling(catalogue, restored.kept());
        var started = replicas.start(placed, permits, scheduling, adapters, closing);
        adapters.start(started, catalogue, restored.kept().isPresent(), permits);
        ReplicasFactory.warmUp(started, closing);
        var running =
                clusters.start(
                        placed, started, adapters.memories(), catalogue, scheduling, closing);
        placed.weights().keep();
        var services = catalogues.serve(restored, running.cluster(), permits, closing);
        registered = services.adapters();
        adapters.check(catalogue, services.adapters(), model.memo());
        var names =
                new ServedModels(model.base(), placed.maxModelLength(), catalogue, clock.instant());
        var administered = administrations.start(services, running, names, closing);
        return new LoadedModel(served(names, placed, running), administered);
    }

    private ServedModel served(ServedModels names, PlacedWeights placed, RunningCluster running) {
        boolean hasDefaults = settings.generationConfig() == GenerationConfigUse.AUTO;
        var defaults = placed.model().base().generation();
        return new ServedModel(
                names,
                placed.identity().fingerprint(),
                hasDefaults ? defaults : defaults.endTokensAlone(),
                hasDefaults,
                settings.maxQueue(),
                settings.callSettings(),
                running.cluster());
    }
}
