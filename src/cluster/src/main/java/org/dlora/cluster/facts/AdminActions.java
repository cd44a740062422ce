package org.dlora.cluster.facts;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Audit of administrative actions. Thread-safe. */
@FunctionalInterface
public interface AdminActions {
    /** Keeps nothing. */
    AdminActions NONE = (_, _, _, _, _) -> {};

    /**
     * Writes an action that has been done or begun. The caller waits for the database, unless the
     * change's own transaction has written it ({@link org.dlora.audit.AuditedAction}).
     *
     * @param actor author: the key and its team, or the address of the client
     * @param action name of the action, such as {@code adapter.load}
     * @param subject object of the action, such as an adapter's name
     * @param before values of JSON before it, null if there are none
     * @param after values of JSON after it, null if there are none
     */
    void done(
            String actor,
            String action,
            String subject,
            @Nullable Map<String, ?> before,
            @Nullable Map<String, ?> after);

    /** Has an action written soon; returns at once. */
    default void noted(
            String actor,
            String action,
            String subject,
            @Nullable Map<String, ?> before,
            @Nullable Map<String, ?> after) {
        done(actor, action, subject, before, after);
    }
}
