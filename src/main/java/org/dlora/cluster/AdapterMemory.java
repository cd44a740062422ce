package org.dlora.cluster;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.dlora.adapter.AdapterWeights;

/**
 * Owns the weights of all adapters on the device: of those that are served, and of those that are
 * not any more but have requests running. Frees each once. Thread-safe.
 */
public final class AdapterMemory implements AutoCloseable {
    private static final int SHORT = 12;

    private final Map<String, LoadedAdapter> held = new LinkedHashMap<>();
    private Consumer<AdapterWeights> leaving = weights -> {};
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
        return loaded;
    }

    /** From now on {@code action} is told of weights before one adapter's are freed. */
    public synchronized void beforeFreeing(Consumer<AdapterWeights> action) {
        leaving = action;
    }

    /** Frees the weights of {@code adapter}, which no replica reads any more. */
    synchronized void release(ServedAdapter adapter) {
        var loaded = held.remove(adapter.id());
        if (loaded != null) {
            leaving.accept(loaded.weights());
            loaded.weights().close();
        }
    }

    /** Bytes of device memory held. */
    public synchronized long bytes() {
        return held.values().stream().mapToLong(loaded -> loaded.weights().bytes()).sum();
    }

    /** Frees everything; the replicas must have ended. */
    @Override
    public synchronized void close() {
        closed = true;
        held.values().forEach(loaded -> loaded.weights().close());
        held.clear();
    }
}
