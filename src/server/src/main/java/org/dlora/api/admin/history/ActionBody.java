package org.dlora.api.admin.history;

import com.fasterxml.jackson.annotation.JsonRawValue;
import java.time.Instant;
import org.dlora.catalogue.history.AuditRecord;
import org.dlora.catalogue.history.HistoryKey;
import org.jspecify.annotations.Nullable;

/**
 * An administrative action.
 *
 * @param key place in the order of time, for {@code after}
 * @param actor author: the key and its team, or the address of the client
 * @param before JSON before it, null if there is none
 * @param after JSON after it, null if there is none
 */
record ActionBody(
        String key,
        Instant at,
        String actor,
        String action,
        String subject,
        @JsonRawValue @Nullable String before,
        @JsonRawValue @Nullable String after) {

    static ActionBody of(AuditRecord row) {
        return new ActionBody(
                Long.toString(row.key()),
                HistoryKey.time(row.key()),
                row.actor(),
                row.action(),
                row.subject(),
                row.before(),
                row.after());
    }
}
