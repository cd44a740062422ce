package org.dlora.cluster.residency;

import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.adapter.weights.UploadPace;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryReservation;
import org.dlora.engine.ReplicaRef;
import org.dlora.replica.request.FailureCode;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loader of adapters into one memory, each load on a thread of the loader's own. It uploads their
 * weights and makes them known to the replicas, and takes them back. Thread-safe.
 */
public final class AdapterLoads implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AdapterLoads.class);

    private final AdapterUploader uploader;
    private final UploadPace pace;
    private final DoubleSupplier clock;
    private final BiConsumer<RegisteredAdapter, LoadException> broken;
    private final AdapterFetch fetch;
    private final List<AdapterWatch> watches = new CopyOnWriteArrayList<>();
    private final ExecutorService threads =
            Executors.newCachedThreadPool(
                    Thread.ofPlatform().name("adapter-loader-", 0).daemon().factory());
    private volatile List<ReplicaRef> replicas = List.of();

    private volatile boolean closed;

    /** Last message about files that could not be read. */
    private volatile @Nullable String lastUnread;

    /** The end of a load. */
    sealed interface Result {
        /** The adapter is resident: requests to each replica may name it. */
        record Loaded(AdapterWeights weights, double seconds) implements Result {}

        /** The load failed, and the adapter takes no memory. */
        record Failed(LoadFailure failure) implements Result {}
    }

    /**
     * @param clock seconds
     * @param broken is told of an adapter whose content cannot be served, and why
     */
    public AdapterLoads(
            AdapterUploader uploader,
            UploadPace pace,
            DoubleSupplier clock,
            BiConsumer<RegisteredAdapter, LoadException> broken) {
        this.uploader = uploader;
        fetch = new AdapterFetch(uploader);
        this.pace = pace;
        this.clock = clock;
        this.broken = broken;
    }

    void tell(List<ReplicaRef> sharing) {
        replicas = sharing;
    }

    /** Tells {@code watch} of weights from the next load on, and before each is freed. */
    public void tell(AdapterWatch watch) {
        watches.add(watch);
    }

    /** Copies adapters that other memories hold, from the next load on. */
    public void tell(ResidentCopies others) {
        fetch.tell(others);
    }

    /** Returns the bytes that a load may take now. */
    long available() {
        return uploader.ledger().available();
    }

    /** Returns the books of the memory. */
    MemoryLedger books() {
        return uploader.ledger();
    }

    MemoryReservation reserve(long bytes) {
        return uploader.reserve(bytes);
    }

    /**
     * Begins a load.
     *
     * @param retired whether its files may have other content by now
     * @param memory given back if it fails
     * @param ended gets the result on the load's thread
     */
    void begin(
            String id,
            RegisteredAdapter source,
            boolean retired,
            MemoryReservation memory,
            Consumer<Result> ended) {
        threads.execute(() -> ended.accept(load(id, source, retired, memory)));
    }

    private Result load(
            String id, RegisteredAdapter source, boolean retired, MemoryReservation memory) {
        double began = clock.getAsDouble();
        AdapterWeights weights = null;
        try {
            weights = fetch.fetch(id, source, retired, memory, this::advanced);
            for (var watch : watches) {
                watch.held(weights);
            }
            makeKnown(id, weights);
            lastUnread = null;
            double seconds = clock.getAsDouble() - began;
            fetch.fetched(source, weights, seconds);
            return new Result.Loaded(weights, seconds);
        } catch (LoadException e) {
            if (e.isUnreadable()) {
                return unread(source, e);
            }
            broken.accept(source, e);
            return failed(
                    new LoadFailure(
                            FailureCode.ADAPTER_UNAVAILABLE,
                            "Adapter '%s' cannot be served: %s"
                                    .formatted(source.name(), e.getMessage())));
        } catch (CancellationException _) {
            return failed(LoadFailure.SHUTTING_DOWN);
        } catch (RuntimeException | Error e) {
            if (weights != null) {
                free(weights);
            }
            if (e instanceof OutOfMemoryError) {
                log.warn("Adapter {} could not be loaded: {}", source.name(), e.toString());
            } else {
                log.error("Adapter {} could not be loaded", source.name(), e);
            }
            return failed(LoadFailure.undone(source.name(), e));
        }
    }

    /** Keeps the pace of an upload, and ends it when the server ends. */
    private void advanced(long bytes) {
        pace.advanced(bytes);
        if (closed) {
            throw new CancellationException("The server is shutting down");
        }
    }

    /** Fails a load that the next request tries again. A pinned adapter is tried all the time. */
    private Result unread(RegisteredAdapter source, LoadException problem) {
        var message = String.valueOf(problem.getMessage());
        if (!message.equals(lastUnread)) {
            log.warn("Adapter {} could not be read", source.name(), problem);
            lastUnread = message;
        }
        return failed(LoadFailure.unread(source.name(), message));
    }

    private static Result failed(LoadFailure failure) {
        return new Result.Failed(failure);
    }

    /**
     * Makes weights known to every replica, or to none. One that does not serve may refuse them.
     */
    private void makeKnown(String id, AdapterWeights weights) {
        try {
            each(replica -> known(replica, id, weights)).join();
        } catch (RuntimeException | Error e) {
            each(replica -> replica.evict(id)).join();
            throw e;
        }
    }

    private static CompletableFuture<Void> known(
            ReplicaRef replica, String id, AdapterWeights weights) {
        return replica.load(id, weights)
                .exceptionallyCompose(problem ->
                        replica.isServing()
                                ? CompletableFuture.failedFuture(problem)
                                : CompletableFuture.completedFuture(null));
    }

    private CompletableFuture<Void> each(Function<ReplicaRef, CompletableFuture<Void>> message) {
        return CompletableFuture.allOf(
                replicas.stream().map(message).toArray(CompletableFuture[]::new));
    }

    /**
     * Makes weights known again that the replicas were to let go.
     *
     * @param ended is told on a thread of its own whether every replica that serves knows them
     */
    void giveAgain(String id, AdapterWeights weights, Consumer<Boolean> ended) {
        var _ =
                each(replica -> known(replica, id, weights))
                        .whenCompleteAsync(
                                (_, problem) -> ended.accept(problem == null), AdapterLoads::start);
    }

    private static void start(Runnable task) {
        Thread.ofVirtual().name("adapter-release").start(task);
    }

    /**
     * Takes an adapter from all replicas, and frees its weights.
     *
     * @param mayFree is asked when no replica reads them any more
     * @return completes once they are freed, or stay
     */
    CompletableFuture<Void> release(
            String id, @Nullable AdapterWeights weights, BooleanSupplier mayFree) {
        // On its own thread: freeing hundreds of segments takes longer than a replica may pause.
        return each(replica -> replica.evict(id))
                .thenRunAsync(
                        () -> {
                            if (mayFree.getAsBoolean() && weights != null) {
                                free(weights);
                            }
                        },
                        AdapterLoads::start);
    }

    /** Lets all replicas forget an adapter that they have let go. */
    CompletableFuture<Void> forget(String id) {
        return each(replica -> replica.unload(id));
    }

    private void free(AdapterWeights weights) {
        watches.forEach(watch -> watch.leaving(weights));
        weights.close();
    }

    /** Begins no other load, and ends those that run at their next matrix. */
    @Override
    public void close() {
        closed = true;
        pace.end();
        threads.close();
        fetch.close();
    }
}
