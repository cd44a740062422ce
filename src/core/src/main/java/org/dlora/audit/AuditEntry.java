package org.dlora.audit;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An administrative action as the audit keeps it.
 *
 * @param actor author: the key and its team, or the address of the client
 * @param action name of the action, such as {@code adapter.load}
 * @param subject object of the action, such as an adapter's name
 * @param before values of JSON before it, null if there are none
 * @param after values of JSON after it, null if there are none
 */
public record AuditEntry(
        String actor,
        String action,
        String subject,
        @Nullable Map<String, ?> before,
        @Nullable Map<String, ?> after) {

    /** Returns the entry of two changes of one subject, the second of which has other values. */
    AuditEntry and(@Nullable Map<String, ?> laterBefore, @Nullable Map<String, ?> laterAfter) {
        return new AuditEntry(
                actor, action, subject, both(laterBefore, before), both(after, laterAfter));
    }

    private static @Nullable Map<String, ?> both(
            @Nullable Map<String, ?> weak, @Nullable Map<String, ?> strong) {
        if (weak == null || strong == null) {
            return strong == null ? weak : strong;
        }
        var all = new LinkedHashMap<String, Object>(weak);
        all.putAll(strong);
        return all;
    }
}
