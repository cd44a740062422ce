package org.dlora.cluster.fidelity;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.background.LastingWork;
import org.dlora.cluster.residency.AdapterWatch;
import org.dlora.engine.merging.MergePermits;
import org.dlora.scheduling.MergeRules;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Merge permits that follow from measured accuracy. Adapters are measured one at a time beside
 * serving, and not merged before.
 *
 * <p>An adapter that a replica asks about is measured first, at once. All others follow only if
 * measuring {@link #ahead} is on. Rests in between leave most of a core to serving.
 */
public final class MeasuredPermits implements MergePermits, AdapterWatch, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MeasuredPermits.class);
    private static final MergeVerdict UNDER_WAY =
            MergeVerdict.never("what merging costs in accuracy is being measured");
    private static final MergeVerdict ABSENT =
            MergeVerdict.never("not measured: the adapter has not been resident yet");
    private static final MergeVerdict UNWANTED =
            MergeVerdict.never("not measured: the policy never merges");

    /** Rest between measurements ahead, in multiples of the last measurement's time. */
    private static final int REST = 4;

    private static final int MOST_LEFT = 1024;

    private final Function<AdapterWeights, MergeFidelity> measure;
    private final Function<MergeFidelity, MergeRules> judge;
    private final FidelityMeters meters;
    private final FidelityStore store;

    /** Verdicts on the versions of {@link #readable} adapters. */
    private final Map<String, MergeVerdict> known = new ConcurrentHashMap<>();

    /** Verdicts on versions that have left, the first one first. */
    private final Map<String, MergeVerdict> left = new LinkedHashMap<>();

    private final int mostLeft;

    private final Set<AdapterWeights> readable = new LinkedHashSet<>();
    private final Set<AdapterWeights> unknown = new LinkedHashSet<>();
    private final Set<AdapterWeights> asked = new LinkedHashSet<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private @Nullable Measurement running;
    private long restedAt = System.nanoTime();
    private boolean ahead;
    private boolean closed;

    private record Measurement(AdapterWeights adapter, CompletableFuture<Void> done) {}

    /**
     * @param measure reads the weights of a mergeable adapter for about a second, on this object's
     *     thread
     * @param judge gives the rules that follow from a measurement
     * @param store remembers measurements by adapter version
     */
    public MeasuredPermits(
            Function<AdapterWeights, MergeFidelity> measure,
            Function<MergeFidelity, MergeRules> judge,
            FidelityStore store,
            MeterRegistry metrics) {
        this(measure, judge, store, metrics, MOST_LEFT);
    }

    /**
     * @param mostLeft most versions that have left and whose verdicts are remembered
     */
    MeasuredPermits(
            Function<AdapterWeights, MergeFidelity> measure,
            Function<MergeFidelity, MergeRules> judge,
            FidelityStore store,
            MeterRegistry metrics,
            int mostLeft) {
        this.mostLeft = mostLeft;
        this.store = store;
        this.measure = measure;
        this.judge = judge;
        meters = new FidelityMeters(metrics);
        LastingWork.thread("merge-probe", this::run).start();
    }

    @Override
    public MergeRules of(AdapterWeights adapter) {
        if (!known.containsKey(adapter.version())) {
            ask(adapter);
        }
        return known.getOrDefault(adapter.version(), UNDER_WAY).rules();
    }

    @Override
    public boolean isFinal(AdapterWeights adapter) {
        return known.containsKey(adapter.version());
    }

    private synchronized void ask(AdapterWeights adapter) {
        held(adapter);
        if (unknown.contains(adapter) && asked.add(adapter)) {
            notifyAll();
        }
    }

    /** Returns the verdict on a version so far; does not start a measurement. */
    public synchronized MergeVerdict verdict(String version) {
        var verdict = known.getOrDefault(version, left.get(version));
        if (verdict != null) {
            return verdict;
        }
        boolean isAsked = asked.stream().anyMatch(one -> one.version().equals(version));
        if (isAsked || (ahead && isReadable(version))) {
            return UNDER_WAY;
        }
        return ahead ? ABSENT : UNWANTED;
    }

    /** Returns the accuracy of a version's merged weights; empty if it was never measured. */
    public synchronized Optional<MergeFidelity> fidelity(String version) {
        var verdict = known.getOrDefault(version, left.get(version));
        return verdict != null && verdict.fidelity() != null
                ? Optional.of(verdict.fidelity())
                : store.find(version);
    }

    /** Sets whether adapters are measured before a replica asks about them. */
    public synchronized void ahead(boolean wanted) {
        ahead = wanted;
        notifyAll();
    }

    @Override
    public synchronized void held(AdapterWeights adapter) {
        readable.add(adapter);
        var before = left.remove(adapter.version());
        if (before != null) {
            known.put(adapter.version(), before);
        }
        if (known.containsKey(adapter.version()) || unknown.contains(adapter)) {
            show();
            return;
        }
        var obstacle = adapter.merge().obstacle();
        var measured = store.find(adapter.version());
        if (obstacle.isPresent()) {
            known.put(adapter.version(), MergeVerdict.never(obstacle.get()));
        } else if (measured.isPresent()) {
            known.put(adapter.version(), judged(adapter, measured.get()));
            show();
        } else {
            unknown.add(adapter);
        }
        notifyAll();
    }

    /** Waits for the measurement that reads the adapter's weights, if there is one. */
    @Override
    public void leaving(AdapterWeights adapter) {
        stop(adapter).join();
        synchronized (this) {
            readable.remove(adapter);
            if (!isReadable(adapter.version())) {
                forget(adapter.version());
            }
            show();
        }
    }

    private boolean isReadable(String version) {
        return readable.stream().anyMatch(one -> one.version().equals(version));
    }

    /** Remembers the verdict on a version that has left, and not too many others. */
    private void forget(String version) {
        var verdict = known.remove(version);
        if (verdict != null) {
            left.put(version, verdict);
        }
        while (left.size() > mostLeft) {
            left.remove(left.keySet().iterator().next());
        }
    }

    /** Returns the number of versions whose verdicts are remembered. */
    synchronized int remembered() {
        return known.size() + left.size();
    }

    private synchronized CompletableFuture<Void> stop(AdapterWeights adapter) {
        unknown.remove(adapter);
        asked.remove(adapter);
        return running != null && running.adapter() == adapter
                ? running.done()
                : CompletableFuture.completedFuture(null);
    }

    private void run() {
        try {
            for (var next = next(); next != null; next = next()) {
                measure(next);
            }
        } catch (InterruptedException e) {
            log.warn("Adapters are not measured any more, the thread was interrupted");
        }
        ended.complete(null);
    }

    private void measure(Measurement next) {
        try {
            long began = System.nanoTime();
            var verdict = measured(next.adapter());
            long now = System.nanoTime();
            end(next, verdict, now + REST * (now - began));
        } finally {
            next.done().complete(null); // Also after an error: an adapter that leaves waits for it.
        }
    }

    /** Returns the next measurement to make; null after {@link #close}. */
    private synchronized @Nullable Measurement next() throws InterruptedException {
        while (!closed) {
            long rest = restedAt - System.nanoTime();
            boolean isWanted = ahead && !unknown.isEmpty();
            if (!asked.isEmpty()) {
                return begin(asked.iterator().next());
            }
            if (isWanted && rest <= 0) {
                return begin(unknown.iterator().next());
            }
            if (isWanted) {
                TimeUnit.NANOSECONDS.timedWait(this, rest);
            } else {
                wait();
            }
        }
        return null;
    }

    private Measurement begin(AdapterWeights adapter) {
        var begun = new Measurement(adapter, new CompletableFuture<>());
        running = begun;
        return begun;
    }

    private synchronized void end(Measurement measurement, MergeVerdict verdict, long rested) {
        var adapter = measurement.adapter();
        asked.remove(adapter);
        unknown.remove(adapter);
        known.put(adapter.version(), verdict);
        restedAt = rested;
        running = null;
        measurement.done().complete(null);
        show();
    }

    private MergeVerdict measured(AdapterWeights adapter) {
        try {
            var fidelity = measure.apply(adapter);
            store.keep(adapter.version(), fidelity);
            return judged(adapter, fidelity);
        } catch (RuntimeException | Error e) {
            log.error("What merging {} costs could not be measured", adapter.name(), e);
            return MergeVerdict.never("what merging costs could not be measured: " + e);
        }
    }

    private MergeVerdict judged(AdapterWeights adapter, MergeFidelity fidelity) {
        var rules = judge.apply(fidelity);
        var alone = adapter.merge().mixingObstacle().filter(_ -> rules.mergeable());
        return new MergeVerdict(alone.map(MergeRules::aloneOnly).orElse(rules), fidelity);
    }

    private void show() {
        var byName = new HashMap<String, MergeFidelity>();
        for (var adapter : readable) {
            var verdict = known.get(adapter.version());
            if (verdict != null && verdict.fidelity() != null) {
                byName.put(adapter.name(), verdict.fidelity());
            }
        }
        meters.show(byName);
    }

    /** Waits for the running measurement and begins no other. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        ended.join();
    }
}
