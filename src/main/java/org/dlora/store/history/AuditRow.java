package org.dlora.store.history;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.Objects;
import org.dlora.cluster.history.AuditRecord;
import org.jspecify.annotations.Nullable;

/** An administrative action in table {@code audit}. {@link EventRows} makes new ones. */
@Entity
@Table(name = "audit")
final class AuditRow implements Row {
    @Id long id;
    String base = "";
    String actor = "";
    String action = "";
    String subject = "";
    @Nullable String beforeValue;
    @Nullable String afterValue;

    /** Id of the actor's key, null if it has none. */
    @Nullable String apiKey;

    /** Team of the actor's key, null if it has none. */
    @Nullable String team;

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
        return other instanceof AuditRow row
                && base.equals(row.base)
                && actor.equals(row.actor)
                && action.equals(row.action)
                && subject.equals(row.subject)
                && Objects.equals(beforeValue, row.beforeValue)
                && Objects.equals(afterValue, row.afterValue);
    }

    AuditRecord toRecord() {
        return new AuditRecord(id, actor, action, subject, beforeValue, afterValue);
    }
}
