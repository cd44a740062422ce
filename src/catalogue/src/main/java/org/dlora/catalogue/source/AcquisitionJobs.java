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
import org.dlora.adapter.RegisteredAdapter;
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
            Consumer<? super Acquisition> observer) {
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
    private static void tell(Acquisition last) {
        if (last.state() == AcquisitionState.FAILED) {
            log.info(
                    "Adapter {} ({}) was not acquired; job {} says why",
                    last.name() == null ? "without a name" : last.name(),
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
    public AcquisitionJob begin(AcquisitionRequest request, Requester by) {
        return begin(request, target, by);
    }

    /**
     * Begins to acquire an adapter for another target.
     *
     * @param into serves what was fetched
     * @throws SourceException as {@link #begin(AcquisitionRequest, Requester)}
     * @throws AdapterRefusedException if the name cannot be used
     */
    public AcquisitionJob begin(AcquisitionRequest request, AdapterTarget into) {
        return begin(request, into, null);
    }

    private AcquisitionJob begin(
            AcquisitionRequest request, AdapterTarget into, @Nullable Requester by) {
        into.check(request);
        var remote = sources.find(request.source());
        var job = jobs.add(request.withoutSecrets(), AcquisitionState.WAITING, by);
        submit(
                job,
                () -> {
                    if (remote.isEmpty()) {
                        takeFrom(job, request.source(), into);
                    } else {
                        acquire(
                                job,
                                staging ->
                                        remote.get()
                                                .fetch(request.source(), staging, job.transfer()),
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
        var request = new AcquisitionRequest("", AcquisitionRequest.UPLOAD, false, true);
        var job = jobs.add(request, AcquisitionState.RECEIVING, by);
        try {
            return new Upload(this, job, store.stage(), sources.settings().limits());
        } catch (IOException e) {
            var problem = unwritable(e);
            job.fail(problem);
            throw problem;
        }
    }

    /** Lists the jobs, the newest first. */
    public List<AcquisitionJob> all() {
        return jobs.all();
    }

    /** Returns the job of that id. */
    public Optional<AcquisitionJob> find(String id) {
        return jobs.all().stream().filter(job -> job.id().equals(id)).findFirst();
    }

    /** Checks the request of an upload. */
    void check(AcquisitionRequest request) {
        target.check(request);
    }

    /** Has a worker do the job, whose end it tells. */
    private void submit(AcquisitionJob job, Work work) {
        workers.execute(() -> {
            try {
                work.run();
                job.ready();
                var report = job.report();
                log.info(
                        "Adapter {} was acquired from {}",
                        report.name(),
                        report.origin() == null ? report.source() : report.origin());
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
    void received(AcquisitionJob job, Path staging, Fetch files) {
        submit(
                job,
                () -> {
                    try {
                        take(job, files.run(staging), target);
                    } finally {
                        discard(staging);
                    }
                });
    }

    private void acquire(AcquisitionJob job, Fetch fetch, AdapterTarget into) throws IOException {
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

    private void take(AcquisitionJob job, Fetched fetched, AdapterTarget into) throws IOException {
        job.origin(PublicSource.of(fetched.origin()));
        job.enter(AcquisitionState.VALIDATING);
        var name = job.request().name();
        var content = into.validate(name, fetched.folder());
        var hash = FolderHash.of(content.validate(), fetched.folder());
        job.enter(AcquisitionState.LOADING);
        try (var stored =
                store.publish(fetched.folder(), hash, folder -> isSound(name, folder, hash))) {
            requireActive(
                    register(
                            job,
                            stored,
                            content.movedTo(stored.path().toRealPath()),
                            PublicSource.identity(fetched.origin()),
                            into));
        }
        job.hash(hash);
    }

    /**
     * Registers a folder of the store, which stays if it is referenced or may be. One that is not
     * is removed with other unused ones.
     */
    private static Optional<String> register(
            AcquisitionJob job,
            ContentStore.Stored stored,
            RegisteredAdapter content,
            String origin,
            AdapterTarget into) {
        try {
            var refusal = register(job, content, origin, into);
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
            return FolderHash.of(target.validate(name, folder).validate(), folder).equals(hash);
        } catch (IOException | AdapterRefusedException e) {
            log.warn("{} is damaged and is replaced: {}", folder, e.getMessage());
            return false;
        }
    }

    private static void takeFrom(AcquisitionJob job, String path, AdapterTarget into) {
        job.enter(AcquisitionState.LOADING);
        job.origin(path);
        var content = into.validate(job.request().name(), path);
        requireActive(register(job, content, path, into));
    }

    private static Optional<String> register(
            AcquisitionJob job, RegisteredAdapter content, String origin, AdapterTarget into) {
        try {
            return into.register(job.request(), content, origin, job.author());
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
