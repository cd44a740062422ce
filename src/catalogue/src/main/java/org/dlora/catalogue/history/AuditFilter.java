package org.dlora.catalogue.history;

import org.jspecify.annotations.Nullable;

/**
 * Filter of administrative actions; a row has all values that are not null.
 *
 * @param actor author of the change, as the audit names it
 * @param apiKey id of the actor's key
 * @param team of the key
 */
public record AuditFilter(
        @Nullable String actor,
        @Nullable String action,
        @Nullable String subject,
        @Nullable String apiKey,
        @Nullable String team) {
    /** All rows. */
    public static final AuditFilter ALL = new AuditFilter(null, null, null, null, null);
}
