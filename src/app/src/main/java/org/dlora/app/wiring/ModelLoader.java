package org.dlora.app.wiring;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.dlora.adapter.AdapterSource;
import org.dlora.adapter.ContentMemo;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.api.openai.ServedModel;
import org.dlora.app.device.BaseWeights;
import org.dlora.app.device.DeviceOpener;
import org.dlora.app.device.FencedMemory;
import org.dlora.app.device.HostParking;
import org.dlora.app.device.MemoryMeters;
import org.dlora.app.device.MemoryShare;
import org.dlora.app.device.Plural;
import org.dlora.app.device.ServedDevices;
import org.dlora.app.settings.DloraProperties;
import org.dlora.app.settings.GenerationConfigUse;
import org.dlora.app.settings.StartException;
import org.dlora.app.source.Closing;
import org.dlora.app.source.DownloadProgress;
import org.dlora.app.source.HubModels;
import org.dlora.app.source.ModelSource;
import org.dlora.app.wiring.ReplicaIncarnations.CopyMemories;
import org.dlora.catalogue.CatalogueFollower;
import org.dlora.catalogue.GuardedScheduling;
import org.dlora.catalogue.HostedCatalogue;
import org.dlora.catalogue.ManifestChanges;
import org.dlora.catalogue.MeasuredScheduling;
import org.dlora.catalogue.RestoredCatalogue;
import org.dlora.catalogue.RootWatch;
import org.dlora.catalogue.RuntimeAdapters;
import org.dlora.catalogue.accounts.TokenAccounts;
import org.dlora.catalogue.manifest.GuardedAdapters;
import org.dlora.catalogue.manifest.GuardedCatalogue;
import org.dlora.catalogue.manifest.GuardedResidency;
import org.dlora.catalogue.manifest.ManagedAdapters;
import org.dlora.catalogue.manifest.ManifestWatch;
import org.dlora.catalogue.served.ClusterResidency;
import org.dlora.catalogue.served.Registrations;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.catalogue.shadow.ShadowMeters;
import org.dlora.catalogue.source.AcquisitionJobs;
import org.dlora.catalogue.source.AdapterSources;
import org.dlora.catalogue.source.AdapterTarget;
import org.dlora.catalogue.source.ContentStore;
import org.dlora.catalogue.source.hub.HubReference;
import org.dlora.catalogue.source.hub.HubSettings;
import org.dlora.catalogue.versions.CatalogueContent;
import org.dlora.cluster.Cluster;
import org.dlora.cluster.ClusterMigrations;
import org.dlora.cluster.ClusterReplicas;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.facts.ModeSwitches;
import org.dlora.cluster.facts.RequestObserver;
import org.dlora.cluster.facts.ServedBase;
import org.dlora.cluster.fidelity.FidelityStore;
import org.dlora.cluster.fidelity.MeasuredPermits;
import org.dlora.cluster.migration.MigrationEvents;
import org.dlora.cluster.migration.MigrationMeters;
import org.dlora.cluster.rebalance.BackgroundSolver;
import org.dlora.cluster.rebalance.OjAlgoRebalancer;
import org.dlora.cluster.rebalance.Rebalancer;
import org.dlora.cluster.replicas.ReplicaEvents;
import org.dlora.cluster.samples.ClusterSamples;
import org.dlora.cluster.samples.SampleThread;
import org.dlora.cluster.supervision.ReplicaWatch;
import org.dlora.cluster.supervision.SupervisedReplica;
import org.dlora.device.Device;
import org.dlora.device.PackedLayout;
import org.dlora.engine.ReplicaSettings;
import org.dlora.engine.meters.ReplicaMetrics;
import org.dlora.engine.weights.MergePermits;
import org.dlora.model.BaseModel;
import org.dlora.model.GenerationDefaults;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.operate.Administration;
import org.dlora.operate.Opening;
import org.dlora.replica.SchedulingSettings;
import org.dlora.security.TeamShares;
import org.dlora.tensor.DType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Loader of all that is served: it builds model, adapters and replicas from the settings, and logs
 * its progress.
 */
@Component
final class ModelLoader {
    private static final Logger log = LoggerFactory.getLogger(ModelLoader.class);

    /** A look costs a query of one row. */
    private static final Duration BETWEEN_LOOKS_AT_STORE = Duration.ofSeconds(2);

    private final DloraProperties settings;
    private final MeterRegistry metrics;
    private final Clock clock;
    private final DeviceOpener devices;
    private final HubSettings hub;
    private final List<RequestObserver> observers;
    private final CatalogueOpening opening;
    private final ClusterEvents events;
    private final TeamShares teams;
    private final ClusterSamples samples;
    private final TokenAccounts accounts;
    private volatile int leftOut;
    private volatile @Nullable RuntimeAdapters registered;

    /**
     * @param observers are told of each request's end
     * @param opening of the catalogue's store
     * @param events are told of changes after the warm-up
     * @param teams shares of service of the teams
     * @param samples of the replicas that are loaded
     * @param accounts of those who order gates and shadows
     */
    ModelLoader(
            DloraProperties settings,
            MeterRegistry metrics,
            Clock clock,
            DeviceOpener devices,
            HubSettings hub,
            List<RequestObserver> observers,
            ClusterEvents events,
            CatalogueOpening opening,
            TeamShares teams,
            ClusterSamples samples,
            TokenAccounts accounts) {
        this.accounts = accounts;
        this.teams = teams;
        this.samples = samples;
        this.opening = opening;
        this.settings = settings;
        this.metrics = metrics;
        this.clock = clock;
        this.devices = devices;
        this.hub = hub;
        this.observers = observers;
        this.events = events;
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
        opening.begin();
        var source = ModelSource.of(settings, closing, at -> fetch(at, closing));
        log.info("Loading {} from {}", source.name(), source.folder());
        var model = closing.later(BaseModel.open(source.folder()));
        model.warnings().forEach(warning -> log.warn("{}: {}", source.folder(), warning));
        var weightType = DecoderWeights.storage(model, settings.dtype());
        var opened = ServedDevices.open(settings, devices, model.spec(), weightType, closing);
        opened.ledgers().forEach((name, books) -> MemoryMeters.register(name, books, metrics));
        var device = opened.first().device();
        var uploader =
                new AdapterUploader(
                        device,
                        settings.dtype(),
                        opened.first().ledger(),
                        settings.packedAdapters());
        var memo = settings.contentMemo();
        var initial =
                InitialAdapters.register(
                        source, folder -> RegisteredAdapter.of(folder, model, uploader, memo));
        leftOut = initial.leftOut();
        var parking = HostParking.plan(settings, model.spec(), weightType, opened, closing);
        long copies = parking.isPresent() ? 0 : ReplicaSettings.copyBytes(model.spec(), weightType);
        var needs =
                new MemoryShare.Needs(
                        model.spec(),
                        device.kvDtype(weightType),
                        device.isKvElastic(),
                        copies,
                        initial.bytes());
        var shares = opened.shares(settings, needs);
        shares.forEach(share -> warn(share, model, copies));
        shares.stream()
                .filter(MemoryShare::isOwn)
                .forEach(share -> MemoryMeters.register(share.name(), share.books(), metrics));
        var lengths = shares.stream().mapToInt(s -> s.cache().maxModelLength()).summaryStatistics();
        var weights = BaseWeights.pack(model, opened, settings, lengths.getMax(), clock, closing);
        parking.ifPresent(host -> host.park(weights, opened));
        var content = SystemFingerprint.content(model, weights.content());
        var fingerprint =
                SystemFingerprint.of(
                        model,
                        Optional.of(content),
                        device.numericMode(),
                        weightType,
                        shares.getFirst().cache().dtype());
        var base = new ServedBase(content, fingerprint, device.numericMode());
        var cut =
                shares.stream()
                        .map(share ->
                                parking.map(host -> share.mergingElsewhere(host.copies()))
                                        .orElseGet(() -> share.merging(copies)))
                        .toList();
        var adapters =
                new ServedAdapters(
                        settings,
                        metrics,
                        clock,
                        closing,
                        share -> opened.uploader(uploader, share),
                        cut);
        adapters.memories().forEach(memory -> memory.tell(events));
        var permits =
                closing.later(
                        new MeasuredPermits(
                                weights.measurement(
                                        opened, cut.getFirst().cache().dtype(), closing),
                                settings.merge()::rules,
                                fidelities(memo, device, weightType),
                                metrics));
        var contents = closing.later(contents());
        var adapterSource =
                new AdapterSource(source.loadableFrom(contents.folder()), model, uploader, memo);
        var registrations = new Registrations(clock, 0);
        var store = opening.store(content);
        var kept = opening.content(store);
        var restored =
                RestoredCatalogue.of(
                        source.name(),
                        initial.served(registrations),
                        kept.orElse(CatalogueContent.EMPTY),
                        adapterSource,
                        registrations);
        var catalogue = restored.catalogue();
        var scheduled = settings.scheduling(catalogue, kept);
        var replicas =
                replicas(
                        model, weights, opened, permits, scheduled, cut, adapters, parking,
                        closing);
        adapters.start(replicas, catalogue, kept.isPresent(), permits);
        warmUp(replicas, closing);
        observers.forEach(observer -> observer.serves(base));
        var meters = new MigrationMeters(metrics);
        var watching = new ArrayList<>(observers);
        watching.add(meters);
        watching.add(new ShadowMeters(metrics));
        var cluster =
                closing.later(
                        new Cluster(
                                replicas,
                                adapters.memories(),
                                settings.queue(),
                                catalogue,
                                scheduled,
                                settings.dispatch().policy().rule(),
                                watching));
        cluster.keepConstraintsBy(constraint -> model.constraints().use(constraint));
        cluster.shareBy(team -> teams.shareOf(team.name()));
        teams.onChange(cluster::followShares);
        cluster.migrations().watch(meters);
        cluster.migrations().watch(new MigrationEvents(events));
        var watch = settings.watchdog().settings();
        closing.later(
                        new ReplicaWatch(
                                replicas, watch, new ReplicaEvents(cluster, events), metrics))
                .start();
        closing.later(new SampleThread(samples, replicas, cluster::accepts, adapters.memories()))
                .start();
        var hosted = new HostedCatalogue(cluster, catalogue);
        var drains = new ClusterReplicas(cluster, clock);
        drains.measure(metrics);
        var scheduling = new MeasuredScheduling(hosted, permits, store);
        if (settings.placement().enabled()) {
            cluster.placer().start();
        }
        var rebalancer =
                closing.later(
                        new Rebalancer(
                                cluster.balance(),
                                new BackgroundSolver(new OjAlgoRebalancer()),
                                settings.rebalance().settings(),
                                settings.maxBatch(),
                                () -> 1e-9 * System.nanoTime(),
                                clock));
        if (settings.rebalance().enabled() && replicas.size() > 1) {
            rebalancer.start();
        }
        weights.keep(closing);
        var changes =
                closing.later(
                        new RuntimeAdapters(
                                hosted,
                                adapters.memories(),
                                adapterSource,
                                clock,
                                registrations,
                                store));
        changes.removeUnused(contents);
        registered = changes;
        changes.tell(events);
        changes.chargeTo(accounts);
        kept.ifPresentOrElse(
                known -> {
                    changes.restored(known, restored.unserved());
                    scheduling.restore(known.shares());
                },
                () ->
                        opening.later(
                                store,
                                late -> {
                                    changes.restore(late, settings.adapters().pinned());
                                    scheduling.restore(late.shares());
                                }));
        var managed = new ManagedAdapters();
        var guarded = new GuardedAdapters(changes, managed);
        var versions = new GuardedCatalogue(changes.catalogue(), managed);
        var target = new AcquiredAdapters(guarded, catalogue, managed, model, uploader, versions);
        boolean isAdministered = !settings.allowOpenNetwork();
        var jobs = closing.later(acquisitions(contents, target));
        adapters.check(catalogue, changes, memo);
        var residency =
                changes.recorded(
                        new ClusterResidency(
                                catalogue, adapters.memories(), opened.ledgers(), changes::broken));
        var manifest =
                StartManifest.read(settings, source.name(), model.spec().vocabSize())
                        .map(read ->
                                closing.later(
                                        read.watch(
                                                settings,
                                                managed,
                                                new ManifestChanges(
                                                        changes,
                                                        residency,
                                                        scheduling,
                                                        jobs,
                                                        new AcquiredAdapters(
                                                                changes,
                                                                catalogue,
                                                                new ManagedAdapters(),
                                                                model,
                                                                uploader,
                                                                changes.catalogue()),
                                                        managed,
                                                        clock),
                                                clock,
                                                events)));
        manifest.ifPresent(ManifestWatch::start);
        closing.later(new CatalogueFollower(store, changes, scheduling, followed(source))).start();
        if (!settings.adapters().rootsInterval().isZero()) {
            closing.later(
                            new RootWatch(
                                    source.adapterRoots(),
                                    changes,
                                    managed,
                                    settings.adapters().rootsInterval(),
                                    clock))
                    .start(initial.leftOutFolders());
        }
        // Ended before those who wait for them.
        closing.later((AutoCloseable) changes::endGates);
        // What a request may have on each replica.
        var models = new ServedModels(model, lengths.getMin(), catalogue, clock.instant());
        return new LoadedModel(
                new ServedModel(
                        models,
                        fingerprint,
                        defaults(model.generation()),
                        settings.generationConfig() == GenerationConfigUse.AUTO,
                        settings.maxQueue(),
                        settings.callSettings(),
                        cluster),
                new Administration.Services(
                        new Opening(isAdministered, settings.allowsRuntimeUpdates()),
                        models,
                        cluster,
                        guarded,
                        jobs,
                        versions,
                        new GuardedScheduling(scheduling, managed),
                        new GuardedResidency(residency, managed),
                        drains,
                        new ClusterMigrations(cluster, rebalancer),
                        manifest.map(known -> known)));
    }

    /** Returns what the settings say, which other servers do not change. */
    private CatalogueFollower.Settings followed(ModelSource source) {
        return new CatalogueFollower.Settings(
                BETWEEN_LOOKS_AT_STORE,
                Set.copyOf(settings.adapters().pinned()),
                settings.shares().stream()
                        .map(share -> share.model().equals(source.name()) ? "" : share.model())
                        .collect(Collectors.toSet()));
    }

    private Path fetch(HubReference model, Closing closing) {
        try (var models = new HubModels(hub, "dlora.model")) {
            return models.fetch(model, DownloadProgress.of(model, log, clock), closing::goOn);
        }
    }

    /** Returns the store of acquired adapters, without what killed servers have left there. */
    private ContentStore contents() {
        var store = new ContentStore(settings.homeFolder().resolve("adapters"));
        try {
            store.clean();
            store.join();
        } catch (IOException e) {
            log.warn("The store of adapters {} cannot be used: {}", store.folder(), e.toString());
        }
        return store;
    }

    private AcquisitionJobs acquisitions(ContentStore store, AdapterTarget target) {
        var sources = AdapterSources.of(settings.adapters().sourceSettings(), hub);
        return new AcquisitionJobs(store, sources, target, clock, new AcquisitionMeters(metrics));
    }

    private void warn(MemoryShare share, BaseModel model, long copies) {
        var cache = share.cache();
        if (settings.policy().mayMerge() && cache.mergeBytes() < copies) {
            log.warn(
                    "Merged weights may need {} MB, twice those of an adapter on all matrices while"
                            + " one takes the place of another; {} MB are left for them",
                    Math.ceilDiv(copies, 1 << 20),
                    cache.mergeBytes() >> 20);
        }
        if (cache.maxModelLength() < model.spec().maxPositions() && settings.maxModelLen() == 0) {
            log.warn(
                    "Prompt and answer may have {} tokens together on {}, as the KV cache holds no more; the model allows {}. It would hold more with {}",
                    cache.maxModelLength(),
                    share.words(),
                    model.spec().maxPositions(),
                    settings.kvCache().size().toBytes() > 0
                            ? "a larger dlora.kv-cache.size"
                            : share.books().bound().remedy() + ", or by dlora.kv-cache.size");
        }
    }

    /** Returns the store of measured accuracies, which hold for this device's arithmetic. */
    private static FidelityStore fidelities(ContentMemo memo, Device device, DType weightType) {
        var mode =
                " %s %s %s"
                        .formatted(
                                weightType,
                                device.numericMode(),
                                device.packedLayout().map(PackedLayout::name).orElse(""));
        return new FidelityStore() {
            @Override
            public Optional<MergeFidelity> find(String version) {
                return memo.fidelity(version + mode);
            }

            @Override
            public void keep(String version, MergeFidelity fidelity) {
                memo.remember(version + mode, fidelity);
            }
        };
    }

    private List<SupervisedReplica> replicas(
            BaseModel model,
            BaseWeights weights,
            ServedDevices devices,
            MergePermits permits,
            SchedulingSettings scheduled,
            List<MemoryShare> shares,
            ServedAdapters adapters,
            Optional<HostParking> parking,
            Closing closing) {
        var asked = settings.replicasOrDefault();
        int share = Math.max(1, Runtime.getRuntime().availableProcessors() / asked.size());
        long buffers = ReplicaSettings.bufferBytes(model.spec(), settings.stepLimits());
        var replicas = new ArrayList<SupervisedReplica>();
        for (var one : asked) {
            int number = replicas.size();
            var memory = MemoryShare.of(number, shares);
            var on = devices.of(number);
            var cache = memory.cache();
            var cut =
                    new ReplicaSettings(
                            String.valueOf(number),
                            settings.stepLimits(),
                            cache.most(),
                            cache.blocks(),
                            cache.dtype(),
                            cache.maxModelLength(),
                            settings.prefixCache(),
                            cache.mergeBytes(),
                            settings.maxMaskWork());
            int threads = one.threads() == 0 ? share : one.threads();
            var meters = new ReplicaMetrics(metrics, cut.id());
            meters.watchSteps(new ModeSwitches(cut.id(), events).andThen(samples.tally(cut.id())));
            log.info(
                    "Replica {} has {} and a KV cache of {} tokens{}",
                    number,
                    Plural.of(threads, "thread"),
                    cache.tokens(),
                    cache.growth());
            replicas.add(
                    closing.later(
                            new SupervisedReplica(
                                    new ReplicaIncarnations(
                                            cut,
                                            model,
                                            weights.on(on.device()),
                                            on.device(),
                                            threads,
                                            permits,
                                            meters,
                                            parking.<CopyMemories>map(host -> host::copies)
                                                    .orElse(adapters.memory(memory)::copies)),
                                    new FencedMemory(on.ledger(), memory.books(), buffers),
                                    scheduled,
                                    clock)));
        }
        return replicas;
    }

    private static void warmUp(List<SupervisedReplica> replicas, Closing closing) {
        for (var replica : replicas) {
            log.info("Warming up replica {}", replica.id());
            replica.warmUp(closing::goOn);
        }
    }

    private GenerationDefaults defaults(GenerationDefaults model) {
        return settings.generationConfig() == GenerationConfigUse.AUTO
                ? model
                : new GenerationDefaults(
                        model.endTokens(),
                        OptionalDouble.empty(),
                        OptionalDouble.empty(),
                        OptionalInt.empty(),
                        OptionalDouble.empty(),
                        OptionalDouble.empty());
    }
}
