package org.dlora.catalogue.source;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.catalogue.source.RemoteSource.Fetched;
import org.dlora.catalogue.source.fetch.PublicSource;
import org.dlora.catalogue.source.fetch.SourceException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The acquisitions of a server. An adapter is fetched or received, validated, put into the store
 * and served; if one of that fails, nothing is left. Two jobs work at once, others wait. Ended ones
 * are remembered for a while. Thread-safe.
 */
public final class AcquisitionJobs implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AcquisitionJobs.class);
    private static final int WORKERS = 2;
    private static final long END_SECONDS = 10;

    private final ContentStore store;
    private final AdapterSources sources;
    private final AdapterTarget target;
    private final JobList jobs;
    private final ExecutorService workers =
            Executors.newFixedThreadPool(
                    WORKERS, Thread.ofPlatform().daemon().name("acquisitions-", 0).factory());

    /** Gives the files of an adapter. */
    interface Fetch {
        Fetched run(Path staging) throws IOException;
    }

    /** Acquisitions that nobody observes. */
    public AcquisitionJobs(
            ContentStore store, AdapterSources sources, AdapterTarget target, InstantSource clock) {
        this(store, sources, target, clock, _ -> {});
    }

    /**
     * @param store closed with this, as are the sources
     * @param observer is given the last report of each job; must return at once
     */
    public AcquisitionJobs(
            ContentStore store,
            AdapterSources sources,
            AdapterTarget target,
            InstantSource clock,
            Consumer<? super AcquisitionReport> observer) {
        this.store = store;
        this.sources = sources;
        this.target = target;
        jobs =
                new JobList(
                        clock,
                        last -> {
                            tell(last);
                            observer.accept(last);
                        });
    }

    /** Logs the end of a job that failed. Neither source nor problem, which may hold secrets. */
    private static void tell(AcquisitionReport last) {
        if (last.state() == AcquisitionState.FAILED) {
            log.info(
                    "Adapter {} ({}) was not acquired; job {} says why",
                    last.name().orElse("without a name"),
                    last.kind(),
                    last.id());
        }
    }

    /**
     * Begins to acquire an adapter for a client.
     *
     * @throws SourceException if the source is malformed or not allowed, or too many jobs are
     *     unfinished
     * @throws AdapterRefusedException if the name cannot be used, or no adapter of that name is
     *     served that gets the version
     */
    public Acquisition begin(AcquisitionRequest request, Requester by) {
        return begin(request, target(!request.isActivated()), by);
    }

    /**
     * Begins to acquire an adapter for another target.
     *
     * @param into serves what was fetched
     * @throws SourceException as {@link #begin(AcquisitionRequest, Requester)}
     * @throws AdapterRefusedException if the name cannot be used
     */
    public Acquisition begin(AcquisitionRequest request, AdapterTarget into) {
        return begin(request, into, null);
    }

    private Acquisition begin(
            AcquisitionRequest request, AdapterTarget into, @Nullable Requester by) {
        var source = request.source();
        // A version replaces nothing, whatever is said.
        boolean inPlace = request.inPlace() && request.isActivated();
        checkName(request.name(), inPlace, into);
        var remote = sources.find(source);
        var job =
                jobs.add(
                        PublicSource.of(source),
                        AcquisitionState.WAITING,
                        by == null ? "" : by.owner());
        job.by(by == null ? null : by.author());
        job.name(request.name(), inPlace);
        if (!request.isActivated()) {
            job.addVersion();
        }
        submit(
                job,
                () -> {
                    if (remote.isEmpty()) {
                        loadFrom(job, source, into);
                    } else {
                        acquire(
                                job,
                                staging -> remote.get().fetch(source, staging, job.transfer()),
                                into);
                    }
                });
        return job;
    }

    /**
     * Begins to receive an adapter's files from a client.
     *
     * @throws SourceException if too many jobs are unfinished, or nothing can be written
     */
    public Upload upload(Requester by) {
        var job = jobs.add(AcquisitionReport.UPLOAD, AcquisitionState.RECEIVING, by.owner());
        job.by(by.author());
        try {
            return new Upload(this, job, store.stage(), sources.settings().limits());
        } catch (IOException e) {
            var problem = unwritable(e);
            job.fail(problem);
            throw problem;
        }
    }

    /** Lists the jobs, the newest first. */
    public List<Acquisition> all() {
        return jobs.all();
    }

    /** Returns the job of that id. */
    public Optional<Acquisition> find(String id) {
        return jobs.all().stream().filter(job -> job.id().equals(id)).findFirst();
    }

    /** Checks a name, as new ones have to be, or as those of versions. */
    void checkName(String name, boolean inPlace, boolean isVersion) {
        checkName(name, inPlace, target(isVersion));
    }

    private AdapterTarget target(boolean isVersion) {
        return isVersion ? target.versions() : target;
    }

    private static void checkName(String name, boolean inPlace, AdapterTarget target) {
        if (name.contains("@")) {
            throw new AdapterRefusedException(
                    "An adapter's name has no '@', which stands before a version or an alias; choose another");
        }
        if (!name.codePoints().allMatch(AcquisitionJobs::isText)) {
            throw new AdapterRefusedException(
                    "The name has half of a surrogate pair, which is no character; choose another");
        }
        target.checkName(name, inPlace);
    }

    private static boolean isText(int codePoint) {
        return codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE;
    }

    /** Has a worker do the job, whose end it tells. */
    private void submit(Acquisition job, Work work) {
        workers.execute(() -> {
            try {
                work.run();
                job.ready();
                var report = job.report();
                log.info(
                        "Adapter {} was acquired from {}",
                        report.name().orElse(""),
                        report.origin().orElse(report.source()));
            } catch (IOException e) {
                job.fail(unwritable(e));
            } catch (RuntimeException | Error e) {
                if (!isExpected(e) && !job.transfer().isCancelled()) {
                    log.error("An acquisition failed", e);
                }
                job.fail(e);
            }
        });
    }

    /** Work of a worker. */
    interface Work {
        void run() throws IOException;
    }

    static boolean isExpected(Throwable e) {
        return e instanceof SourceException
                || e instanceof AdapterRefusedException
                || e instanceof CancellationException;
    }

    private SourceException unwritable(IOException e) {
        return SourceException.storage(
                "The store of adapters %s cannot be used (setting dlora.home)"
                        .formatted(store.folder()),
                e);
    }

    /** Has a worker take the files that were received into {@code staging}. */
    void received(Acquisition job, Path staging, Fetch files, boolean isVersion) {
        var into = target(isVersion);
        submit(
                job,
                () -> {
                    try {
                        take(job, files.run(staging), into);
                    } finally {
                        discard(staging);
                    }
                });
    }

    private void acquire(Acquisition job, Fetch fetch, AdapterTarget into) throws IOException {
        job.enter(AcquisitionState.FETCHING);
        var staging = store.stage();
        try {
            take(job, fetch.run(staging), into);
        } finally {
            discard(staging);
        }
    }

    void discard(Path staging) {
        try {
            store.discard(staging);
        } catch (IOException e) {
            // The next start removes it.
            log.warn("{} cannot be removed: {}", staging, e.toString());
        }
    }

    private void take(Acquisition job, Fetched fetched, AdapterTarget into) throws IOException {
        job.origin(PublicSource.of(fetched.origin()));
        job.enter(AcquisitionState.VALIDATING);
        var name = job.report().name().orElseThrow();
        var hash = FolderHash.of(into.validate(name, fetched.folder()), fetched.folder());
        job.enter(AcquisitionState.LOADING);
        try (var stored =
                store.publish(fetched.folder(), hash, folder -> isSound(name, folder, hash))) {
            requireActive(load(job, stored, PublicSource.identity(fetched.origin()), into));
        }
        job.hash(hash);
    }

    /**
     * Loads a folder of the store, which stays if it is referenced or may be. One that is not is
     * removed with other unused ones.
     */
    private static Optional<String> load(
            Acquisition job, ContentStore.Stored stored, String origin, AdapterTarget into) {
        try {
            var refusal = load(job, stored.path().toString(), origin, into);
            stored.keep();
            return refusal;
        } catch (SourceException e) {
            if (e.kind() == SourceException.Kind.UNRECORDED) {
                stored.keep();
            }
            throw e;
        }
    }

    private static void requireActive(Optional<String> refusal) {
        refusal.ifPresent(why -> {
            throw new SourceException(SourceException.Kind.CONFLICT, why);
        });
    }

    private boolean isSound(String name, Path folder, String hash) {
        try {
            return FolderHash.of(target.validate(name, folder), folder).equals(hash);
        } catch (IOException | AdapterRefusedException e) {
            log.warn("{} is damaged and is replaced: {}", folder, e.getMessage());
            return false;
        }
    }

    private static void loadFrom(Acquisition job, String path, AdapterTarget into) {
        job.enter(AcquisitionState.LOADING);
        job.origin(path);
        requireActive(load(job, path, path, into));
    }

    private static Optional<String> load(
            Acquisition job, String path, String origin, AdapterTarget into) {
        var report = job.report();
        try {
            return into.load(
                    report.name().orElseThrow(), path, report.inPlace(), origin, job.author());
        } catch (IllegalStateException e) {
            throw new SourceException(SourceException.Kind.STORAGE, String.valueOf(e.getMessage()));
        }
    }

    /** Cancels what can be cancelled, waits for the rest, and removes what is unfinished. */
    @Override
    public void close() throws IOException {
        for (var job : jobs.close()) {
            try {
                job.cancel();
            } catch (SourceException _) {
                // It has ended, or does so.
            }
        }
        workers.shutdown();
        if (!isIdle()) {
            log.warn("An acquisition does not end; the next start removes its files");
        }
        sources.close();
        store.close();
    }

    private boolean isIdle() {
        try {
            return workers.awaitTermination(END_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
