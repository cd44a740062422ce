package org.dlora.constraint;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Compiled constraints by their definitions: all that unfinished requests use, and others that were
 * used last. Thread-safe.
 */
final class KeptConstraints {
    private static final int MAX_IDLE = 1000;

    private final long idleBytes;
    private final long usedBytes;
    private final MemoryBudget remembered;
    private final Map<ConstraintDefinition, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

    private static final class Entry {
        final Constraint constraint;
        int uses;

        Entry(Constraint constraint) {
            this.constraint = constraint;
        }
    }

    /**
     * @param idleBytes of the constraints that no request uses, with what they remember; the last
     *     one is kept in any case
     * @param usedBytes of the constraints that requests use, without what they remember
     * @param remembered memory of all of them
     */
    KeptConstraints(long idleBytes, long usedBytes, MemoryBudget remembered) {
        this.idleBytes = idleBytes;
        this.usedBytes = usedBytes;
        this.remembered = remembered;
    }

    /** Returns a constraint that is kept; null if it is not. */
    synchronized @Nullable Constraint find(ConstraintDefinition definition) {
        var entry = entries.get(definition);
        if (entry == null) {
            return null;
        }
        trim(); // They have grown since.
        return entry.constraint;
    }

    /** Keeps a constraint, and returns it, or an equal one that was kept before. */
    synchronized Constraint keep(ConstraintDefinition definition, Constraint constraint) {
        var entry = entries.computeIfAbsent(definition, _ -> new Entry(constraint));
        if (entry.constraint != constraint) {
            constraint.leave();
        }
        trim();
        return entry.constraint;
    }

    /**
     * Begins a use of a constraint; null if it is not kept.
     *
     * @throws ConstraintMemoryException if those in use take too much memory beside it
     */
    synchronized @Nullable ConstraintUse use(ConstraintDefinition definition) {
        var entry = entries.get(definition);
        if (entry == null) {
            return null;
        }
        if (entry.uses == 0) {
            long used =
                    entries.values().stream()
                            .filter(one -> one.uses > 0)
                            .mapToLong(one -> one.constraint.compiledBytes())
                            .sum();
            long more = entry.constraint.compiledBytes();
            if (used > 0 && used + more > usedBytes) {
                throw new ConstraintMemoryException(used, more, usedBytes);
            }
        }
        entry.uses++;
        var isClosed = new AtomicBoolean();
        return () -> {
            if (!isClosed.getAndSet(true)) {
                release(entry);
            }
        };
    }

    private synchronized void release(Entry entry) {
        entry.uses--;
        trim();
    }

    /**
     * Has the constraint that remembers most forget it, as long as all remember too much together.
     */
    void relieve() {
        while (remembered.isExceeded()) {
            var largest = largest();
            if (largest == null) {
                return;
            }
            largest.forget();
        }
    }

    private synchronized @Nullable Constraint largest() {
        Constraint largest = null;
        long most = 0;
        for (var entry : entries.values()) {
            long bytes = entry.constraint.rememberedBytes();
            if (bytes > most) {
                most = bytes;
                largest = entry.constraint;
            }
        }
        return largest;
    }

    /** Lets go of those that no request uses and that were not used for longest. */
    private void trim() {
        long bytes = 0;
        int idle = 0;
        for (var entry : entries.values()) {
            if (entry.uses == 0) {
                bytes += entry.constraint.bytes();
                idle++;
            }
        }
        var eldest = entries.values().iterator();
        while (idle > 1 && (bytes > idleBytes || idle > MAX_IDLE)) {
            var entry = eldest.next();
            if (entry.uses == 0) {
                bytes -= entry.constraint.bytes();
                idle--;
                entry.constraint.leave();
                eldest.remove();
            }
        }
    }
}
