package org.dlora.console.adapters;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.cluster.facts.RequestObserver;
import org.springframework.stereotype.Component;

/**
 * Rates of ended requests by adapter, over the last {@value #SECONDS} s. Adapters without a request
 * for so long are forgotten. Thread-safe.
 *
 * <p>The console counts, as Prometheus computes rates itself, and the history is by the hour and
 * may be away.
 */
@Component
final class AdapterRates implements RequestObserver {
    static final int SECONDS = 60;

    /** Adapters that are counted at once. Requests of more are not. */
    static final int MOST = 10_000;

    private final ClusterEvents events;
    private final Map<String, Window> windows = new ConcurrentHashMap<>();
    private final AtomicLong forgot = new AtomicLong();

    AdapterRates(ClusterEvents events) {
        this.events = events;
    }

    /** Counts of the last seconds, in a ring. */
    private static final class Window {
        private final int[] counts = new int[SECONDS];
        private long latest;

        /** Makes {@code second} the latest one. Seconds between have no requests. */
        private void enter(long second) {
            long from = Math.max(latest + 1, second - SECONDS + 1);
            for (long passed = from; passed <= second; passed++) {
                counts[(int) (passed % SECONDS)] = 0;
            }
            latest = Math.max(latest, second);
        }

        synchronized Window plus(long second) {
            enter(second);
            counts[(int) (latest % SECONDS)]++;
            return this;
        }

        synchronized int sum(long second) {
            enter(second);
            int sum = 0;
            for (int count : counts) {
                sum += count;
            }
            return sum;
        }
    }

    @Override
    public void ended(RequestFacts facts) {
        var adapter = facts.trace().adapter();
        if (adapter != null) {
            count(adapter);
        }
    }

    void count(String adapter) {
        long second = now();
        long before = forgot.get();
        boolean isFull = windows.size() >= MOST;
        if (second >= before + (isFull ? 1 : SECONDS) && forgot.compareAndSet(before, second)) {
            forget(second);
        }
        windows.compute(
                adapter,
                (_, known) -> {
                    if (known == null && windows.size() >= MOST) {
                        return null;
                    }
                    return (known == null ? new Window() : known).plus(second);
                });
    }

    private void forget(long second) {
        // One by one under the map's locks, so that no count between is lost.
        for (var adapter : windows.keySet()) {
            windows.computeIfPresent(
                    adapter, (_, window) -> window.sum(second) == 0 ? null : window);
        }
    }

    private long now() {
        return events.clock().instant().getEpochSecond();
    }

    /** Returns requests per second of an adapter. */
    double of(String adapter) {
        var window = windows.get(adapter);
        return window == null ? 0 : (double) window.sum(now()) / SECONDS;
    }

    /** Returns requests per second of the adapters that had any. */
    Map<String, Double> all() {
        long second = now();
        var rates = new HashMap<String, Double>();
        windows.forEach((adapter, window) -> {
            int sum = window.sum(second);
            if (sum > 0) {
                rates.put(adapter, (double) sum / SECONDS);
            }
        });
        return rates;
    }

    /** Returns the number of adapters that are counted. */
    int counted() {
        return windows.size();
    }
}
