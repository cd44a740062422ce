package org.dlora.console.journal;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvents;
import org.springframework.beans.factory.DisposableBean;

/**
 * The last changes of the cluster in memory, without administrative actions and switches of
 * weights. Thread-safe.
 */
final class LatestChanges implements DisposableBean {
    private static final int KEPT = 10;

    private final Deque<ClusterEvent> last = new ArrayDeque<>();
    private final Runnable unwatch;

    LatestChanges(ClusterEvents events) {
        unwatch = events.watch(this::add);
    }

    private void add(ClusterEvent event) {
        if (event instanceof ClusterEvent.AdminAction
                || event instanceof ClusterEvent.ModeSwitched) {
            return;
        }
        synchronized (this) {
            last.addFirst(event);
            if (last.size() > KEPT) {
                last.removeLast();
            }
        }
    }

    /** Returns the changes, the newest first. */
    synchronized List<ClusterEvent> all() {
        return List.copyOf(last);
    }

    @Override
    public void destroy() {
        unwatch.run();
    }
}
