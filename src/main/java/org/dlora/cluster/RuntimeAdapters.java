package org.dlora.cluster;

import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.adapter.AdapterSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loader and unloader of adapters at run time. It makes one change at a time, so at most one upload
 * takes memory that is not served yet.
 */
public final class RuntimeAdapters implements AdapterService, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RuntimeAdapters.class);

    private final Cluster cluster;
    private final AdapterMemory memory;
    private final AdapterSource source;
    private final Clock clock;
    private final ReentrantLock changing = new ReentrantLock();
    private boolean closed;

    /**
     * @param memory holds the weights of the adapters that {@code cluster} serves
     */
    public RuntimeAdapters(
            Cluster cluster, AdapterMemory memory, AdapterSource source, Clock clock) {
        this.cluster = cluster;
        this.memory = memory;
        this.source = source;
        this.clock = clock;
    }

    @Override
    public ServedAdapter load(String name, String path, boolean inPlace) {
        changing.lock();
        try {
            requireOpen();
            requireFree(name, inPlace);
            var folder = source.folder(path);
            var next = memory.hold(source.open(name, folder), folder, clock.instant());
            try {
                cluster.load(next);
            } catch (RuntimeException | Error e) {
                memory.release(next.adapter());
                throw e;
            }
            var _ = cluster.publish(next.adapter()).map(this::freeLater);
            log.info("Loaded adapter {} from {}", name, folder);
            return next.adapter();
        } finally {
            changing.unlock();
        }
    }

    @Override
    public CompletableFuture<Void> unload(String name) {
        changing.lock();
        try {
            requireOpen();
            var leaving =
                    cluster.withdraw(name).orElseThrow(() -> new NoSuchAdapterException(name));
            log.info("Unloaded adapter {}", name);
            return freeLater(leaving);
        } finally {
            changing.unlock();
        }
    }

    /** Waits for the running change, and refuses all others from now on. */
    @Override
    public void close() {
        changing.lock();
        try {
            closed = true;
        } finally {
            changing.unlock();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("The server is shutting down");
        }
    }

    private void requireFree(String name, boolean inPlace) {
        if (name.equals(cluster.catalogue().baseName())) {
            throw new AdapterRefusedException(
                    "'%s' is the name of the base model; give the adapter another".formatted(name));
        }
        if (!inPlace && cluster.catalogue().find(name).isPresent()) {
            throw new AdapterRefusedException(
                    "The lora adapter '%s' has already been loaded. If you want to load the adapter in place, set 'load_inplace' to true."
                            .formatted(name));
        }
    }

    // On its own thread: freeing hundreds of segments takes longer than a replica may pause.
    private CompletableFuture<Void> freeLater(Cluster.Leaving leaving) {
        return leaving.done()
                .thenRunAsync(
                        () -> free(leaving.adapter()),
                        task -> Thread.ofVirtual().name("adapter-release").start(task));
    }

    private void free(ServedAdapter adapter) {
        try {
            memory.release(adapter);
        } catch (RuntimeException e) {
            log.error("The memory of adapter {} could not be freed", adapter.id(), e);
            throw e;
        }
    }
}
