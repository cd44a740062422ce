package org.dlora.constraint;

import java.util.LinkedHashMap;
import java.util.Map;
import org.dlora.constraint.grammar.ConstraintException;
import org.jspecify.annotations.Nullable;

/**
 * Refusals of the definitions that were refused last. Thread-safe. To refuse one may take as much
 * work as to compile one, and clients try again.
 */
final class RefusedConstraints {
    private static final int MAX_COUNT = 1000;

    private final long maxBytes;
    private final Map<ConstraintDefinition, ConstraintException> refusals =
            new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    /**
     * @param maxBytes of the definitions together
     */
    RefusedConstraints(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Returns the refusal of a definition; null if none is kept. */
    synchronized @Nullable ConstraintException find(ConstraintDefinition definition) {
        return refusals.get(definition);
    }

    synchronized void keep(ConstraintDefinition definition, ConstraintException refusal) {
        if (refusals.put(definition, refusal) == null) {
            bytes += definition.bytes();
        }
        var eldest = refusals.keySet().iterator();
        while (bytes > maxBytes || refusals.size() > MAX_COUNT) {
            bytes -= eldest.next().bytes();
            eldest.remove();
        }
    }
}
