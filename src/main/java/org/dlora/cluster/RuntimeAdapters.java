package org.dlora.cluster;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.adapter.AdapterSource;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.cluster.adapters.AdapterService;
import org.dlora.cluster.adapters.BrokenAdapter;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.tensor.LoadException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registers and unregisters adapters at run time, one at a time. An adapter is validated before it
 * is served. It is loaded into memory by the first request that needs it.
 */
public final class RuntimeAdapters implements AdapterService, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RuntimeAdapters.class);

    private final Cluster cluster;
    private final List<AdapterMemory> memories;
    private final AdapterSource source;
    private final Clock clock;
    private final ReentrantLock changing = new ReentrantLock();
    private final List<BrokenAdapter> broken = new CopyOnWriteArrayList<>();
    private long registrations;
    private boolean closed;

    /**
     * @param memories of the cluster's replicas
     */
    public RuntimeAdapters(
            Cluster cluster, List<AdapterMemory> memories, AdapterSource source, Clock clock) {
        this.cluster = cluster;
        this.memories = List.copyOf(memories);
        this.source = source;
        this.clock = clock;
        registrations = cluster.catalogue().adapters().size();
    }

    /** Returns the id of the {@code number}th registration. */
    public static String id(String name, long number) {
        return "%s#%d".formatted(name, number);
    }

    @Override
    public ServedAdapter load(String name, String path, boolean inPlace) {
        changing.lock();
        try {
            requireOpen();
            requireFree(name, inPlace);
            var folder = source.folder(path);
            var registered = source.validate(name, folder);
            requireRoom(name, registered.bytes());
            var next = replaced(registered).orElseGet(() -> publish(registered));
            forgetProblem(name);
            log.info("Registered adapter {} from {}", name, folder);
            return next;
        } finally {
            changing.unlock();
        }
    }

    /**
     * Serves an adapter from other files if one of its name has the same content already. It keeps
     * its id, and with it weights, service and cached prefixes.
     *
     * @return empty if there is none
     */
    private Optional<ServedAdapter> replaced(RegisteredAdapter registered) {
        var same =
                cluster.catalogue()
                        .find(registered.name())
                        .filter(served -> served.version().isPresent())
                        .filter(served -> served.version().equals(registered.version()))
                        .map(served -> new ServedAdapter(served.id(), registered, clock.instant()));
        same.ifPresent(cluster::replace);
        return same;
    }

    private ServedAdapter publish(RegisteredAdapter registered) {
        var next =
                new ServedAdapter(
                        id(registered.name(), ++registrations), registered, clock.instant());
        var _ = cluster.publish(next);
        return next;
    }

    @Override
    public CompletableFuture<Void> unload(String name) {
        changing.lock();
        try {
            requireOpen();
            var gone = cluster.withdraw(name).orElseThrow(() -> new NoSuchAdapterException(name));
            log.info("Unloaded adapter {}", name);
            return gone;
        } finally {
            changing.unlock();
        }
    }

    /**
     * Takes an adapter's name away because its files cannot be served. Does nothing if the name has
     * other files by now.
     */
    public void withdrawBroken(RegisteredAdapter files, LoadException problem) {
        changing.lock();
        try {
            cluster.catalogue().adapters().stream()
                    .filter(adapter -> adapter.source().equals(files))
                    .findFirst()
                    .ifPresent(adapter -> {
                        log.warn(
                                "Adapter {} is not served any more: {}",
                                adapter.name(),
                                problem.getMessage());
                        forgetProblem(adapter.name());
                        broken.add(
                                new BrokenAdapter(
                                        adapter.name(),
                                        adapter.folder(),
                                        String.valueOf(problem.getMessage()),
                                        clock.instant()));
                        var _ = cluster.withdraw(adapter.name());
                    });
        } finally {
            changing.unlock();
        }
    }

    private void forgetProblem(String name) {
        broken.removeIf(one -> one.name().equals(name));
    }

    /**
     * Lists the adapters that were withdrawn because of their files, and were not loaded again
     * since.
     */
    public List<BrokenAdapter> broken() {
        return List.copyOf(broken);
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

    /** Checks that one of the memories can have room for the adapter. */
    private void requireRoom(String name, long bytes) {
        IllegalStateException refusal = null;
        for (var memory : memories) {
            try {
                memory.requireRoom(name, bytes);
                return;
            } catch (IllegalStateException e) {
                refusal = e;
            }
        }
        if (refusal != null) {
            throw refusal;
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
}
