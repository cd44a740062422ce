package org.dlora.store;

import jakarta.persistence.AttributeOverride;
import jakarta.persistence.Column;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.Objects;
import org.dlora.catalogue.history.AuditRecord;
import org.jspecify.annotations.Nullable;

/** An administrative action in table {@code audit}. {@link AuditRows} makes new ones. */
@Entity
@Table(name = "audit")
public class AuditRow {
    /** The base of all rows: an index that begins with it serves the audit of all models. */
    public static final String ALL_MODELS = "";

    @Id long id;
    String base = ALL_MODELS;

    @Embedded
    @AttributeOverride(
            name = "key",
            column = @Column(name = "id", insertable = false, updatable = false))
    @AttributeOverride(name = "before", column = @Column(name = "before_value"))
    @AttributeOverride(name = "after", column = @Column(name = "after_value"))
    AuditRecord action;

    /** Id of the actor's key, null if it has none. */
    @Nullable String apiKey;

    /** Team of the actor's key, null if it has none. */
    @Nullable String team;

    /** For Hibernate, which sets the fields. */
    @SuppressWarnings("NullAway.Init")
    AuditRow() {}

    AuditRow(AuditRecord action) {
        id = action.key();
        this.action = action;
    }

    /** Returns whether a row is of the same action, as one that is written once more is. */
    boolean isSame(AuditRow row) {
        return action.actor().equals(row.action.actor())
                && action.action().equals(row.action.action())
                && action.subject().equals(row.action.subject())
                && Objects.equals(action.before(), row.action.before())
                && Objects.equals(action.after(), row.action.after());
    }

    /** Returns the row as the history shows it. */
    public AuditRecord action() {
        return action;
    }
}
