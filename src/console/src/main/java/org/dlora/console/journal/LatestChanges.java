package org.dlora.console.journal;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.console.page.LivePanel;
import org.dlora.operate.Administration;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Component;

/**
 * The last changes of the cluster in memory without switches of weights: those for all viewers, and
 * those with administrative actions, which administrators alone may see. Thread-safe.
 */
@Component
final class LatestChanges implements DisposableBean {
    private static final int KEPT = 10;

    private final Deque<ClusterEvent> forViewers = new ArrayDeque<>();
    private final Deque<ClusterEvent> forAdministrators = new ArrayDeque<>();
    private final Runnable unwatch;

    LatestChanges(ClusterEvents events) {
        unwatch = events.watch(this::add);
    }

    private synchronized void add(ClusterEvent event) {
        if (event instanceof ClusterEvent.ModeSwitched) {
            return;
        }
        add(event, forAdministrators);
        if (!(event instanceof ClusterEvent.AdminAction)) {
            add(event, forViewers);
        }
    }

    private static void add(ClusterEvent event, Deque<ClusterEvent> last) {
        last.addFirst(event);
        if (last.size() > KEPT) {
            last.removeLast();
        }
    }

    /**
     * Returns the changes, the newest first.
     *
     * @param withActions whether administrative actions are among them
     */
    synchronized List<ClusterEvent> last(boolean withActions) {
        return List.copyOf(withActions ? forAdministrators : forViewers);
    }

    @Override
    public void destroy() {
        unwatch.run();
    }

    @Bean
    LivePanel journalLatest(Administration administration) {
        return new LatestPanel(this, administration, false);
    }

    @Bean
    LivePanel journalLatestActions(Administration administration) {
        return new LatestPanel(this, administration, true);
    }
}
