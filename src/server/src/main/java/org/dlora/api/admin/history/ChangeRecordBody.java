package org.dlora.api.admin.history;

import com.fasterxml.jackson.annotation.JsonRawValue;
import java.time.Instant;
import org.dlora.catalogue.history.EventRecord;
import org.dlora.catalogue.history.HistoryKey;
import org.jspecify.annotations.Nullable;

/**
 * A change of the cluster in the history.
 *
 * @param key place in the order of time, for {@code after}
 * @param place replica or memory
 * @param detail JSON of the change, as {@code GET /admin/events} sends it
 */
record ChangeRecordBody(
        String key,
        Instant at,
        String kind,
        @Nullable String place,
        @Nullable String adapter,
        @Nullable String request,
        @JsonRawValue String detail) {

    static ChangeRecordBody of(EventRecord row) {
        return new ChangeRecordBody(
                Long.toString(row.key()),
                HistoryKey.time(row.key()),
                row.kind(),
                row.place(),
                row.adapter(),
                row.request(),
                row.detail());
    }
}
