package org.dlora.store;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.Objects;
import org.dlora.cluster.history.AuditRecord;
import org.jspecify.annotations.Nullable;

/** An administrative action in table {@code audit}. {@link AuditRows} makes new ones. */
@Entity
@Table(name = "audit")
public class AuditRow {
    /** The base of all rows: an index that begins with it serves the audit of all models. */
    public static final String ALL_MODELS = "";

    @Id long id;
    String base = ALL_MODELS;

    String actor = "";
    String action = "";
    String subject = "";
    @Nullable String beforeValue;
    @Nullable String afterValue;

    /** Id of the actor's key, null if it has none. */
    @Nullable String apiKey;

    /** Team of the actor's key, null if it has none. */
    @Nullable String team;

    /** Returns whether a row is of the same action, as one that is written once more is. */
    boolean isSame(AuditRow row) {
        return actor.equals(row.actor)
                && action.equals(row.action)
                && subject.equals(row.subject)
                && Objects.equals(beforeValue, row.beforeValue)
                && Objects.equals(afterValue, row.afterValue);
    }

    /** Returns what the history shows of it. */
    public AuditRecord toRecord() {
        return new AuditRecord(id, actor, action, subject, beforeValue, afterValue);
    }
}
