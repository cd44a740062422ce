package org.dlora.store.keys;

import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.dlora.security.AdapterPatterns;
import org.dlora.security.Team;
import org.jspecify.annotations.Nullable;

/** A team in table {@code team}. */
@Entity
@Table(name = "team")
class TeamRow {
    @Id String name = "";
    String description = "";

    /** One pattern a line. */
    String adapters = "";

    /** One pattern a line. */
    String owns = "";

    Instant createdAt = Instant.EPOCH;
    @Embedded @Nullable QuotaColumns quota;
    double share = Team.USUAL_SHARE;

    static TeamRow of(Team team) {
        var row = new TeamRow();
        row.name = team.name();
        row.description = team.description();
        row.adapters = String.join("\n", team.adapters().patterns());
        row.owns = String.join("\n", team.owns().patterns());
        row.createdAt = team.created();
        row.quota = QuotaColumns.of(team.quota());
        row.share = team.share();
        return row;
    }

    Team team() {
        return new Team(
                name,
                description,
                new AdapterPatterns(adapters.lines().toList()),
                new AdapterPatterns(owns.lines().toList()),
                createdAt,
                QuotaColumns.quota(quota),
                share);
    }
}
