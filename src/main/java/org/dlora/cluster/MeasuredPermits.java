package org.dlora.cluster;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.dlora.adapter.AdapterWeights;
import org.dlora.engine.MergePermits;
import org.dlora.scheduling.MergeRules;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets adapters be merged whose merge was measured to be accurate enough. They are measured one at
 * a time beside serving, once somebody has asked; until then they are not merged.
 */
public final class MeasuredPermits implements MergePermits, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MeasuredPermits.class);
    private static final MergeRules NOT_YET =
            MergeRules.never("what merging costs in accuracy is being measured");

    private final Function<AdapterWeights, MergeRules> measure;
    private final Map<AdapterWeights, MergeRules> known = new ConcurrentHashMap<>();
    private final Set<AdapterWeights> wanted = ConcurrentHashMap.newKeySet();
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().name("merge-probe").daemon().factory());

    /**
     * @param measure reads the weights for a second or so, on a thread of this
     */
    public MeasuredPermits(Function<AdapterWeights, MergeRules> measure) {
        this.measure = measure;
    }

    @Override
    public MergeRules of(AdapterWeights adapter) {
        var rules = known.get(adapter);
        if (rules == null && wanted.add(adapter)) {
            thread.execute(() -> measure(adapter));
        }
        return rules == null ? NOT_YET : rules;
    }

    private synchronized void measure(AdapterWeights adapter) {
        if (!wanted.contains(adapter)) {
            return;
        }
        MergeRules rules;
        try {
            rules = measure.apply(adapter);
        } catch (RuntimeException | OutOfMemoryError e) {
            log.error("What merging {} costs could not be measured", adapter.name(), e);
            rules = MergeRules.never("what merging costs could not be measured: " + e);
        }
        known.put(adapter, rules);
    }

    /** Before the weights are freed: waits for the measurement that reads them. */
    public synchronized void forget(AdapterWeights adapter) {
        wanted.remove(adapter);
        known.remove(adapter);
    }

    /** Waits until all is measured that was asked for. */
    void await() {
        CompletableFuture.runAsync(() -> {}, thread).join();
    }

    /** Adapters that have been measured. */
    Set<AdapterWeights> known() {
        return Set.copyOf(known.keySet());
    }

    /** Waits for the measurement that runs, and begins no other. */
    @Override
    public void close() {
        thread.shutdown();
        synchronized (this) {
            wanted.clear();
        }
    }
}
