package org.dlora.cluster;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.adapter.FolderStamp;
import org.dlora.adapter.source.Acquisition;
import org.dlora.adapter.source.AcquisitionJobs;
import org.dlora.adapter.source.AcquisitionReport;
import org.dlora.adapter.source.AcquisitionState;
import org.dlora.adapter.source.AdapterTarget;
import org.dlora.adapter.source.fetch.SourceException;
import org.dlora.cluster.adapters.CatalogueEntry;
import org.dlora.cluster.adapters.CatalogueService;
import org.dlora.cluster.adapters.GateFailedException;
import org.dlora.cluster.adapters.ResidencyService;
import org.dlora.cluster.catalogue.AdapterRoute;
import org.dlora.cluster.catalogue.VersionRecord;
import org.dlora.cluster.manifest.DesiredAdapter;
import org.dlora.cluster.manifest.ManifestTarget;
import org.dlora.cluster.manifest.Resolution;
import org.dlora.replica.SchedulingSettings;

/**
 * The changes that a manifest makes to a cluster. Content from elsewhere is fetched by the jobs
 * that clients use as well. What has failed is tried again after pauses from 5 s to 5 min. One
 * thread calls it.
 */
public final class ManifestChanges implements ManifestTarget {
    private static final Pattern ELSEWHERE = Pattern.compile("(?s)[A-Za-z][A-Za-z0-9+.-]+:.*");
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
    private static final int DOUBLINGS = 6;

    private final RuntimeAdapters adapters;
    private final CatalogueService catalogue;
    private final ResidencyService residency;
    private final SchedulingService scheduling;
    private final AcquisitionJobs jobs;
    private final AdapterTarget acquired;
    private final InstantSource clock;

    /** Content of an adapter that the manifest names. */
    private record Key(String name, String source) {}

    private record Failure(String why, int attempts, Instant next, Optional<FolderStamp> stamp) {}

    private final Map<Key, Acquisition> running = new HashMap<>();
    private final Map<Key, Failure> failures = new HashMap<>();

    /** References with their revisions, by the references that were fetched. */
    private final Map<Key, String> origins = new HashMap<>();

    /** Folders below the roots as they were when they were validated. */
    private final Map<Key, FolderStamp> stamps = new HashMap<>();

    /**
     * @param scheduling has the shares
     * @param jobs fetch content from elsewhere
     * @param acquired validates it
     */
    public ManifestChanges(
            RuntimeAdapters adapters,
            ResidencyService residency,
            SchedulingService scheduling,
            AcquisitionJobs jobs,
            AdapterTarget acquired,
            InstantSource clock) {
        this.adapters = adapters;
        catalogue = adapters.catalogue();
        this.residency = residency;
        this.scheduling = scheduling;
        this.jobs = jobs;
        this.acquired = acquired;
        this.clock = clock;
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
        return adapters.cluster().settings().weights().of(name);
    }

    @Override
    public void retry() {
        failures.clear();
    }

    @Override
    public Resolution resolve(DesiredAdapter adapter, String source) {
        var key = new Key(adapter.name(), source);
        return ELSEWHERE.matcher(source).matches() ? elsewhere(key, adapter) : folder(key, adapter);
    }

    private Resolution folder(Key key, DesiredAdapter adapter) {
        var stamp = Optional.<FolderStamp>empty();
        try {
            Path folder = adapters.source().folder(key.source());
            stamp = FolderStamp.of(folder);
            var place = adapters.source().place(folder);
            var known = version(adapter, version -> version.folder().equals(place));
            if (known.isPresent() && stamp.equals(Optional.ofNullable(stamps.get(key)))) {
                return new Resolution.Ready(known.getAsInt());
            }
            var failed = failed(key, stamp);
            if (failed.isPresent()) {
                return failed.get();
            }
            int number = adapters.ensure(key.name(), key.source(), Optional.empty(), adapter::over);
            stamp.ifPresent(valid -> stamps.put(key, valid));
            failures.remove(key);
            return new Resolution.Ready(number);
        } catch (AdapterRefusedException | IllegalStateException e) {
            return fail(key, String.valueOf(e.getMessage()), stamp);
        }
    }

    private Resolution elsewhere(Key key, DesiredAdapter adapter) {
        var job = running.get(key);
        if (job != null) {
            var report = job.report();
            if (!report.state().isEnded()) {
                return pending(report);
            }
            running.remove(key);
            if (report.state() != AcquisitionState.READY) {
                return fail(
                        key,
                        report.problem().orElse("its acquisition was cancelled"),
                        Optional.empty());
            }
            origins.put(key, report.origin().orElse(key.source()));
            failures.remove(key);
        }
        var origin = origins.getOrDefault(key, key.source());
        var known = version(adapter, version -> version.source().equals(origin));
        if (known.isPresent()) {
            return new Resolution.Ready(known.getAsInt());
        }
        var failed = failed(key, Optional.empty());
        if (failed.isPresent()) {
            return failed.get();
        }
        try {
            var stored = stored(key.name(), origin);
            if (stored.isPresent()) {
                return new Resolution.Ready(
                        adapters.ensure(
                                key.name(),
                                stored.get().folder(),
                                Optional.of(origin),
                                adapter::over));
            }
            var begun = jobs.begin(key.name(), key.source(), true, new Target(adapter));
            running.put(key, begun);
            return pending(begun.report());
        } catch (SourceException e) {
            return e.kind() == SourceException.Kind.BUSY
                    ? new Resolution.Pending(String.valueOf(e.getMessage()))
                    : fail(key, String.valueOf(e.getMessage()), Optional.empty());
        } catch (AdapterRefusedException | IllegalStateException e) {
            return fail(key, String.valueOf(e.getMessage()), Optional.empty());
        }
    }

    private static Resolution pending(AcquisitionReport report) {
        return new Resolution.Pending(
                "job %s is %s".formatted(report.id(), report.state().label()));
    }

    /** Returns the newest served version with the defaults of the manifest that is as wanted. */
    private OptionalInt version(DesiredAdapter adapter, Predicate<VersionRecord> isWanted) {
        return find(adapter.name()).stream()
                .flatMap(entry ->
                        entry.served().keySet().stream()
                                .flatMap(number -> entry.record().version(number).stream()))
                .filter(isWanted)
                .filter(version -> adapter.over(version.defaults()).equals(version.defaults()))
                .mapToInt(VersionRecord::number)
                .max();
    }

    /** Returns a served version with content that has been fetched, whatever its defaults. */
    private Optional<VersionRecord> stored(String name, String origin) {
        return find(name).stream()
                .flatMap(entry ->
                        entry.served().keySet().stream()
                                .flatMap(number -> entry.record().version(number).stream()))
                .filter(version -> version.source().equals(origin))
                .findFirst();
    }

    /** Returns the last failure while it is not time for the next attempt. */
    private Optional<Resolution> failed(Key key, Optional<FolderStamp> stamp) {
        return Optional.ofNullable(failures.get(key))
                .filter(failure -> failure.stamp().equals(stamp))
                .filter(failure -> clock.instant().isBefore(failure.next()))
                .map(failure -> new Resolution.Failed(failure.why()));
    }

    private Resolution fail(Key key, String why, Optional<FolderStamp> stamp) {
        var before = failures.get(key);
        int attempts = before == null ? 0 : before.attempts() + 1;
        var pause = FIRST_PAUSE.multipliedBy(1L << Math.min(attempts, DOUBLINGS));
        var limited = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
        failures.put(key, new Failure(why, attempts, clock.instant().plus(limited), stamp));
        return new Resolution.Failed(why);
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
    public void route(String name, String alias, AdapterRoute route) {
        var _ = catalogue.route(name, alias, route);
    }

    @Override
    public void pin(String name, boolean pinned) {
        residency.pin(name, pinned);
    }

    @Override
    public void share(String name, double share) {
        scheduling
                .schedule(before ->
                        new SchedulingSettings(
                                before.policy(),
                                before.slo(),
                                before.merge(),
                                before.weights().with(Map.of(name, share))))
                .join();
    }

    @Override
    public void unload(String name) {
        var _ = adapters.unload(name);
    }

    /** The versions of one adapter of the manifest, as the target of what was fetched. */
    private final class Target implements AdapterTarget {
        private final DesiredAdapter adapter;

        Target(DesiredAdapter adapter) {
            this.adapter = adapter;
        }

        @Override
        public void checkName(String name, boolean inPlace) {
            acquired.checkName(name, true);
        }

        @Override
        public String validate(String name, Path folder) {
            return acquired.validate(name, folder);
        }

        @Override
        public Optional<String> load(String name, String path, boolean inPlace, String origin) {
            try {
                var _ = adapters.ensure(name, path, Optional.of(origin), adapter::over);
                return Optional.empty();
            } catch (GateFailedException e) {
                return Optional.of(String.valueOf(e.getMessage()));
            }
        }
    }
}
