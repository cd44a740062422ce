package org.dlora.catalogue;

import static java.util.Objects.requireNonNullElse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.adapter.FolderStamp;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.audit.AuditedAction;
import org.dlora.catalogue.manifest.DesiredAdapter;
import org.dlora.catalogue.manifest.ManagedAdapters;
import org.dlora.catalogue.manifest.ManifestWatch;
import org.dlora.catalogue.manifest.Resolution;
import org.dlora.catalogue.served.CatalogueService;
import org.dlora.catalogue.source.Acquisition;
import org.dlora.catalogue.source.AcquisitionJob;
import org.dlora.catalogue.source.AcquisitionJobs;
import org.dlora.catalogue.source.AcquisitionRequest;
import org.dlora.catalogue.source.AcquisitionState;
import org.dlora.catalogue.source.AdapterTarget;
import org.dlora.catalogue.source.fetch.PublicSource;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.VersionRecord;
import org.jspecify.annotations.Nullable;

/**
 * The content that a manifest names. A folder below a root is served as it is; content from
 * elsewhere is fetched by the jobs that clients use as well, once. One thread calls it.
 */
final class ManifestSources {
    private static final Pattern ELSEWHERE = Pattern.compile("(?s)[A-Za-z][A-Za-z0-9+.-]+:.*");

    private final RuntimeAdapters adapters;
    private final CatalogueService catalogue;
    private final AcquisitionJobs jobs;
    private final AdapterTarget acquired;
    private final ManagedAdapters managed;
    private final RetryPauses attempts;
    private final Map<RetryPauses.Key, AcquisitionJob> running = new HashMap<>();

    /** References with their revisions, by the references that were fetched. */
    private final Map<RetryPauses.Key, String> origins = new HashMap<>();

    /** Folders below the roots as they were when they were validated. */
    private final Map<RetryPauses.Key, FolderStamp> stamps = new HashMap<>();

    /**
     * @param jobs fetch content from elsewhere
     * @param acquired validates it
     * @param managed has the manifest in force
     */
    ManifestSources(
            RuntimeAdapters adapters,
            AcquisitionJobs jobs,
            AdapterTarget acquired,
            ManagedAdapters managed,
            RetryPauses attempts) {
        this.adapters = adapters;
        catalogue = adapters.catalogue();
        this.jobs = jobs;
        this.acquired = acquired;
        this.managed = managed;
        this.attempts = attempts;
    }

    /**
     * Has references looked up again, as their revisions may have moved, and ends the jobs of
     * sources that the manifest in force does not name.
     */
    void forget(Iterable<RetryPauses.Key> keys) {
        keys.forEach(origins::remove);
        running.entrySet()
                .removeIf(job -> wanted(job.getKey()).isEmpty() && isEnded(job.getValue()));
    }

    /** Returns the adapter as the manifest in force has it, if it names the source. */
    private Optional<DesiredAdapter> wanted(RetryPauses.Key key) {
        return managed.find(key.name())
                .filter(adapter -> adapter.sources().containsValue(key.what()));
    }

    /** Cancels a job, if it has not ended; returns false if it is too late for that. */
    private static boolean isEnded(AcquisitionJob job) {
        try {
            job.cancel();
            return true;
        } catch (SourceException _) {
            // Content that is being loaded is refused by its target.
            return job.report().state().isEnded();
        }
    }

    /** See {@link org.dlora.catalogue.manifest.ManifestTarget#resolve}. */
    Resolution resolve(DesiredAdapter adapter, String source) {
        var key = new RetryPauses.Key(adapter.name(), source);
        return ELSEWHERE.matcher(source).matches() ? elsewhere(key, adapter) : folder(key, adapter);
    }

    private Resolution folder(RetryPauses.Key key, DesiredAdapter adapter) {
        var stamp = Optional.<FolderStamp>empty();
        try {
            Path folder = adapters.source().folder(key.what());
            stamp = FolderStamp.of(folder);
            var place = adapters.source().place(folder);
            var known = version(adapter, version -> version.folder().equals(place));
            if (known.isPresent() && stamp.equals(Optional.ofNullable(stamps.get(key)))) {
                return new Resolution.Ready(known.getAsInt());
            }
            var failed = paused(key, stamp);
            if (failed.isPresent()) {
                return failed.get();
            }
            int number =
                    adapters.registrar()
                            .ensure(
                                    key.name(),
                                    () -> adapters.registrar().validated(key.name(), key.what()),
                                    Optional.empty(),
                                    adapter::over,
                                    adapter::firstGate);
            stamp.ifPresent(valid -> stamps.put(key, valid));
            attempts.succeeded(key);
            return new Resolution.Ready(number);
        } catch (AdapterRefusedException | IllegalStateException e) {
            return fail(key, String.valueOf(e.getMessage()), stamp);
        }
    }

    private Resolution elsewhere(RetryPauses.Key key, DesiredAdapter adapter) {
        var job = running.get(key);
        if (job != null) {
            var report = job.report();
            if (!report.state().isEnded()) {
                return pending(report);
            }
            running.remove(key);
            // Also if the gate keeps it out, so that it is not fetched again.
            var fetched = report.origin();
            if (fetched != null && !fetched.equals(PublicSource.of(key.what()))) {
                origins.put(key, fetched);
            }
            if (report.state() != AcquisitionState.READY) {
                return fail(
                        key,
                        requireNonNullElse(report.error(), "its acquisition was cancelled"),
                        Optional.empty());
            }
            attempts.succeeded(key);
        }
        var origin = origins.getOrDefault(key, PublicSource.identity(key.what()));
        var known = version(adapter, version -> version.source().equals(origin));
        if (known.isPresent()) {
            return new Resolution.Ready(known.getAsInt());
        }
        var failed = paused(key, Optional.empty());
        if (failed.isPresent()) {
            return failed.get();
        }
        try {
            var stored = stored(key.name(), origin);
            if (stored.isPresent()) {
                return new Resolution.Ready(
                        adapters.registrar()
                                .ensure(
                                        key.name(),
                                        () ->
                                                adapters.registrar()
                                                        .validated(
                                                                key.name(), stored.get().folder()),
                                        Optional.of(origin),
                                        adapter::over,
                                        adapter::firstGate));
            }
            var begun =
                    jobs.begin(
                            new AcquisitionRequest(key.name(), key.what(), true, true),
                            new Target(key));
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

    private static Resolution pending(Acquisition report) {
        return new Resolution.Pending(
                "job %s is %s".formatted(report.id(), report.state().label()));
    }

    /** Returns the newest served version with the defaults of the manifest that is as wanted. */
    private OptionalInt version(DesiredAdapter adapter, Predicate<VersionRecord> isWanted) {
        return catalogue.find(adapter.name()).stream()
                .flatMap(entry ->
                        entry.served().keySet().stream()
                                .flatMap(number -> entry.record().version(number).stream()))
                .filter(isWanted)
                .filter(version -> adapter.over(version.defaults()).equals(version.defaults()))
                .mapToInt(VersionRecord::number)
                .max();
    }

    /**
     * Returns a version with content that has been fetched, whatever its defaults, and whether it
     * is served: a gate may keep it out.
     */
    private Optional<VersionRecord> stored(String name, String origin) {
        return adapters.record(name).stream()
                .flatMap(AdapterRecord::servable)
                .filter(version -> version.source().equals(origin))
                .filter(this::isThere)
                .findFirst();
    }

    private boolean isThere(VersionRecord version) {
        try {
            return Files.isDirectory(adapters.source().folder(version.folder()));
        } catch (AdapterRefusedException _) {
            return false;
        }
    }

    private Optional<Resolution> paused(RetryPauses.Key key, Optional<FolderStamp> stamp) {
        return attempts.paused(key, stamp).map(Resolution.Failed::new);
    }

    private Resolution fail(RetryPauses.Key key, String why, Optional<FolderStamp> stamp) {
        attempts.failed(key, why, stamp);
        return new Resolution.Failed(why);
    }

    /**
     * The manifest's adapters as the target of what was fetched. The manifest may be another one by
     * then, so it is asked again, also within the change.
     */
    private final class Target implements AdapterTarget {
        private final RetryPauses.Key key;

        Target(RetryPauses.Key key) {
            this.key = key;
        }

        @Override
        public void check(AcquisitionRequest request) {
            acquired.check(request);
        }

        @Override
        public RegisteredAdapter validate(String name, Path folder) {
            return acquired.validate(name, folder);
        }

        @Override
        public RegisteredAdapter validate(String name, String path) {
            return acquired.validate(name, path);
        }

        @Override
        public Optional<String> register(
                AcquisitionRequest request,
                RegisteredAdapter content,
                String origin,
                @Nullable String author) {
            // On a thread of the jobs.
            return AuditedAction.call(
                    ManifestWatch.ACTOR,
                    "adapter.update",
                    () -> AcquiredContent.register(() -> ensure(content, origin)));
        }

        private void ensure(RegisteredAdapter content, String origin) {
            var _ =
                    adapters.registrar()
                            .ensure(
                                    key.name(),
                                    () -> content,
                                    Optional.of(origin),
                                    defaults -> inForce().over(defaults),
                                    present -> inForce().firstGate(present));
        }

        private DesiredAdapter inForce() {
            return wanted(key)
                    .orElseThrow(() ->
                            new AdapterRefusedException(
                                    "The manifest in force does not name %s as a source of adapter '%s'; it is not served"
                                            .formatted(PublicSource.of(key.what()), key.name())));
        }
    }
}
