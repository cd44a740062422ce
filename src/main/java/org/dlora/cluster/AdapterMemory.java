package org.dlora.cluster;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.dlora.adapter.AdapterWeights;

/**
 * Owner of the weights of all adapters on the device. It holds served adapters, and unloaded ones
 * whose requests still run. It frees each once. Thread-safe.
 */
public final class AdapterMemory implements AutoCloseable {
    private static final int SHORT = 12;

    private final Map<String, LoadedAdapter> held = new LinkedHashMap<>();
    private final List<AdapterWatch> watches = new CopyOnWriteArrayList<>();
    private long loads;
    private boolean closed;

    public AdapterMemory(MeterRegistry metrics) {
        Gauge.builder("dlora.adapter.bytes", this, AdapterMemory::bytes)
                .description("Memory that the weights of adapters take")
                .baseUnit("bytes")
                .register(metrics);
    }

    /**
     * Takes over {@code weights}, also where it throws.
     *
     * @param created when it was loaded
     * @throws IllegalStateException if the server is shutting down
     */
    public synchronized LoadedAdapter hold(AdapterWeights weights, Path folder, Instant created) {
        if (closed) {
            weights.close();
            throw new IllegalStateException("The server is shutting down");
        }
        var id =
                "%s@%s#%d"
                        .formatted(weights.name(), weights.version().substring(0, SHORT), ++loads);
        var adapter = new ServedAdapter(id, weights.name(), weights.version(), folder, created);
        var loaded = new LoadedAdapter(adapter, weights);
        held.put(id, loaded);
        watches.forEach(watch -> watch.held(weights));
        return loaded;
    }

    /** Tells {@code watch} which weights are held, now and later, and before each is freed. */
    public synchronized void tell(AdapterWatch watch) {
        watches.add(watch);
        held.values().forEach(loaded -> watch.held(loaded.weights()));
    }

    /** Returns the weights of {@code adapter}; empty once they are freed. */
    synchronized Optional<AdapterWeights> weights(ServedAdapter adapter) {
        return Optional.ofNullable(held.get(adapter.id())).map(LoadedAdapter::weights);
    }

    /**
     * Frees the weights of {@code adapter}, which no replica reads any more. Waits until no watch
     * reads them.
     */
    void release(ServedAdapter adapter) {
        // Not under the lock: only this call waits for readers of these weights.
        weights(adapter).ifPresent(weights -> watches.forEach(watch -> watch.leaving(weights)));
        free(adapter);
    }

    private synchronized void free(ServedAdapter adapter) {
        var loaded = held.remove(adapter.id());
        if (loaded != null) {
            loaded.weights().close();
        }
    }

    /** Returns the bytes of device memory held. */
    public synchronized long bytes() {
        return held.values().stream().mapToLong(loaded -> loaded.weights().bytes()).sum();
    }

    /** Frees all weights. The replicas and the watches must have ended. */
    @Override
    public synchronized void close() {
        closed = true;
        held.values().forEach(loaded -> loaded.weights().close());
        held.clear();
    }
}
