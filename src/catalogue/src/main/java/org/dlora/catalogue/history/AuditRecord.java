package org.dlora.catalogue.history;

import org.jspecify.annotations.Nullable;

/**
 * An administrative action in the history.
 *
 * @param key place in the order of time
 * @param before JSON before the action, null if there is none
 * @param after JSON after the action, null if there is none
 */
public record AuditRecord(
        long key,
        String actor,
        String action,
        String subject,
        @Nullable String before,
        @Nullable String after) {}
