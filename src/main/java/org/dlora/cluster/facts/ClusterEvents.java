package org.dlora.cluster.facts;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feed of the cluster's changes to those who watch: the history, and streams of events.
 * Thread-safe.
 */
public final class ClusterEvents implements AdminActions {
    private static final Logger log = LoggerFactory.getLogger(ClusterEvents.class);

    private final InstantSource clock;
    private final List<Consumer<? super ClusterEvent>> watches = new CopyOnWriteArrayList<>();

    /**
     * @param clock of the events' times
     */
    public ClusterEvents(InstantSource clock) {
        this.clock = clock;
    }

    /** Returns the clock of the events' times. */
    public InstantSource clock() {
        return clock;
    }

    /**
     * Tells {@code watch} of changes from now on. It is called on threads of replicas and under
     * locks, so it must return at once and call nothing back.
     *
     * @return ends that
     */
    public Runnable watch(Consumer<? super ClusterEvent> watch) {
        watches.add(watch);
        return () -> watches.remove(watch);
    }

    /** Tells of a change. A watch that throws keeps nothing from the others. */
    public void publish(ClusterEvent event) {
        for (var watch : watches) {
            try {
                watch.accept(event);
            } catch (RuntimeException e) {
                log.warn("{} failed at a change of kind {}", watch, event.kind(), e);
            }
        }
    }

    @Override
    public void done(
            String actor,
            String action,
            String subject,
            @Nullable Map<String, ?> before,
            @Nullable Map<String, ?> after) {
        publish(
                new ClusterEvent.AdminAction(
                        clock.instant(), actor, action, subject, before, after));
    }
}
