package org.dlora.catalogue;

import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.dlora.catalogue.manifest.DesiredAdapter;
import org.dlora.catalogue.manifest.DesiredGate;
import org.dlora.catalogue.manifest.ManagedAdapters;
import org.dlora.catalogue.manifest.ManifestTarget;
import org.dlora.catalogue.manifest.Resolution;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.served.CatalogueService;
import org.dlora.catalogue.served.ResidencyService;
import org.dlora.catalogue.source.AcquisitionJobs;
import org.dlora.catalogue.source.AdapterTarget;
import org.dlora.catalogue.versions.AliasRoute;

/**
 * The changes that a manifest makes to a cluster. Content from elsewhere is fetched by the jobs
 * that clients use as well. What has failed is tried again after pauses from 5 s to 5 min. One
 * thread calls it.
 */
public final class ManifestChanges implements ManifestTarget {
    private final RuntimeAdapters adapters;
    private final CatalogueService catalogue;
    private final ResidencyService residency;
    private final SchedulingService scheduling;
    private final RetryPauses attempts;
    private final ManifestSources sources;

    /**
     * @param scheduling has the shares
     * @param jobs fetch content from elsewhere
     * @param acquired validates it
     * @param managed has the manifest in force
     */
    public ManifestChanges(
            RuntimeAdapters adapters,
            ResidencyService residency,
            SchedulingService scheduling,
            AcquisitionJobs jobs,
            AdapterTarget acquired,
            ManagedAdapters managed,
            InstantSource clock) {
        this.adapters = adapters;
        catalogue = adapters.catalogue();
        this.residency = residency;
        this.scheduling = scheduling;
        attempts = new RetryPauses(clock);
        sources = new ManifestSources(adapters, jobs, acquired, managed, attempts);
    }

    @Override
    public boolean isReady() {
        return adapters.isReady();
    }

    @Override
    public Optional<CatalogueEntry> find(String name) {
        return catalogue.find(name);
    }

    @Override
    public double share(String name) {
        return adapters.hosted().cluster().settings().weights().of(name);
    }

    @Override
    public void retry() {
        sources.forget(attempts.forget());
    }

    @Override
    public Resolution resolve(DesiredAdapter adapter, String source) {
        return sources.resolve(adapter, source);
    }

    @Override
    public void update(DesiredAdapter adapter) {
        var _ =
                catalogue.update(
                        adapter.name(),
                        adapter::over,
                        defaults ->
                                adapter.sources().isEmpty() ? adapter.over(defaults) : defaults);
    }

    @Override
    public void route(String name, String alias, AliasRoute route, OptionalInt shadow) {
        var _ =
                shadow.isPresent()
                        ? catalogue.route(name, alias, route, shadow)
                        : catalogue.route(name, alias, route);
    }

    @Override
    public void gate(String name, DesiredGate gate) {
        var key = new RetryPauses.Key(name, "gate " + gate);
        var paused = attempts.paused(key, Optional.empty());
        if (paused.isPresent()) {
            throw new IllegalStateException(paused.get());
        }
        try {
            var _ = catalogue.setGate(name, gate.prompts());
            attempts.succeeded(key);
        } catch (IllegalStateException | IllegalArgumentException e) {
            var why = "its gate could not be set: " + e.getMessage();
            attempts.failed(key, why, Optional.empty());
            throw new IllegalStateException(why, e);
        }
    }

    @Override
    public void pin(String name, boolean pinned) {
        residency.pin(name, pinned);
    }

    @Override
    public void share(String name, double share) {
        scheduling
                .schedule(before -> before.with(before.weights().with(Map.of(name, share))))
                .join();
    }

    @Override
    public void unregister(String name) {
        var _ = adapters.service().unregister(name);
    }
}
