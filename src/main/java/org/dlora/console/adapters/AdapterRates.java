package org.dlora.console.adapters;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.cluster.facts.RequestObserver;
import org.springframework.stereotype.Component;

/** Rates of ended requests by adapter, over the last {@value #SECONDS} s. Thread-safe. */
@Component
final class AdapterRates implements RequestObserver {
    static final int SECONDS = 60;

    private final ClusterEvents events;
    private final Map<String, Window> windows = new ConcurrentHashMap<>();

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

        synchronized void add(long second) {
            enter(second);
            counts[(int) (latest % SECONDS)]++;
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
        windows.computeIfAbsent(adapter, _ -> new Window()).add(now());
    }

    private long now() {
        return events.clock().instant().getEpochSecond();
    }

    /** Returns requests per second of an adapter. */
    double of(String adapter) {
        var window = windows.get(adapter);
        return window == null ? 0 : (double) window.sum(now()) / SECONDS;
    }

    /** Forgets adapters that are not served any more. */
    void keep(Set<String> served) {
        windows.keySet().retainAll(served);
    }
}
