package org.dlora.store.history;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.dlora.cluster.history.EventRecord;
import org.jspecify.annotations.Nullable;

/** A change of the cluster in table {@code cluster_event}. {@link EventRows} makes new ones. */
@Entity
@Table(name = "cluster_event")
final class EventRow implements Row {
    @Id long id;
    String base = "";
    String kind = "";
    @Nullable String place;
    @Nullable String adapter;
    @Nullable String requestId;
    String detail = "";

    @Override
    public long key() {
        return id;
    }

    @Override
    public void moveTo(long key) {
        id = key;
    }

    @Override
    public boolean isSame(Row other) {
        return other instanceof EventRow row && kind.equals(row.kind) && detail.equals(row.detail);
    }

    EventRecord toRecord() {
        return new EventRecord(id, kind, place, adapter, requestId, detail);
    }
}
