package org.dlora.store.keys;

import jakarta.persistence.AttributeOverride;
import jakarta.persistence.Column;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.dlora.security.Team;

/** A team in table {@code team}. */
@Entity
@Table(name = "team")
class TeamRow {
    @Id String name = "";

    @Embedded
    @AttributeOverride(
            name = "name",
            column = @Column(name = "name", insertable = false, updatable = false))
    @AttributeOverride(name = "created", column = @Column(name = "created_at"))
    Team team;

    /** For Hibernate, which sets the fields. */
    @SuppressWarnings("NullAway.Init")
    TeamRow() {}

    TeamRow(Team team) {
        name = team.name();
        this.team = team;
    }
}
