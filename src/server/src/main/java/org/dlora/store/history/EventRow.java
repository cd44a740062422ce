package org.dlora.store.history;

import jakarta.persistence.AttributeOverride;
import jakarta.persistence.Column;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.dlora.catalogue.history.EventRecord;

/** A change of the cluster in table {@code cluster_event}. {@link EventRows} makes new ones. */
@Entity
@Table(name = "cluster_event")
final class EventRow implements Row {
    @Id long id;
    String base = "";

    @Embedded
    @AttributeOverride(
            name = "key",
            column = @Column(name = "id", insertable = false, updatable = false))
    @AttributeOverride(name = "request", column = @Column(name = "request_id"))
    EventRecord event;

    /** For Hibernate, which sets the fields. */
    @SuppressWarnings("NullAway.Init")
    EventRow() {}

    EventRow(String base, EventRecord event) {
        id = event.key();
        this.base = base;
        this.event = event;
    }

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
        return other instanceof EventRow row
                && event.kind().equals(row.event.kind())
                && event.detail().equals(row.event.detail());
    }
}
