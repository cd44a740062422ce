package org.dlora.cluster.facts;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.dlora.audit.AuditEntry;
import org.dlora.audit.AuditedAction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feed of the cluster's changes to those who watch: the history, and streams of events. Actions of
 * administrators are written to the audit before they are told. Thread-safe.
 */
public final class ClusterEvents implements AdminActions {
    private static final Logger log = LoggerFactory.getLogger(ClusterEvents.class);

    private final InstantSource clock;
    private final List<Consumer<? super ClusterEvent>> watches = new CopyOnWriteArrayList<>();
    private volatile BiConsumer<Optional<Long>, AuditEntry> writeNow = (_, _) -> {};
    private volatile BiConsumer<Optional<Long>, AuditEntry> writeSoon = (_, _) -> {};

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

    /**
     * Has actions written from now on, each with the key of its row if the change's transaction has
     * written it.
     *
     * @param now writes an action before it returns, if the database is there
     * @param soon has an action written; returns at once
     */
    public void keep(
            BiConsumer<Optional<Long>, AuditEntry> now,
            BiConsumer<Optional<Long>, AuditEntry> soon) {
        writeNow = now;
        writeSoon = soon;
    }

    @Override
    public void done(
            String actor,
            String action,
            String subject,
            @Nullable Map<String, ?> before,
            @Nullable Map<String, ?> after) {
        write(new AuditEntry(actor, action, subject, before, after), writeNow);
    }

    @Override
    public void noted(
            String actor,
            String action,
            String subject,
            @Nullable Map<String, ?> before,
            @Nullable Map<String, ?> after) {
        write(new AuditEntry(actor, action, subject, before, after), writeSoon);
    }

    private void write(AuditEntry entry, BiConsumer<Optional<Long>, AuditEntry> write) {
        var running = AuditedAction.current();
        write.accept(
                running.flatMap(action -> action.row(entry.subject())),
                running.map(action -> action.merged(entry)).orElse(entry));
        tell(entry);
    }

    /** Tells of the running action as it was described; its transaction has written it. */
    public void committed() {
        AuditedAction.current().flatMap(AuditedAction::entry).ifPresent(this::tell);
    }

    private void tell(AuditEntry entry) {
        publish(
                new ClusterEvent.AdminAction(
                        clock.instant(),
                        entry.actor(),
                        entry.action(),
                        entry.subject(),
                        entry.before(),
                        entry.after()));
    }
}
