package org.dlora.console.access;

import java.time.Instant;
import org.dlora.api.web.ApiException;
import org.dlora.console.page.FormFields;
import org.dlora.security.Team;
import org.springframework.util.StringUtils;

/**
 * A team as a form has it.
 *
 * @param adapters patterns of those that its keys may use, one on each line
 * @param owns patterns of its own, one on each line
 */
record TeamEntry(
        String name,
        String description,
        String adapters,
        String owns,
        String share,
        LimitsEntry limits) {
    /** A new team, before anything is filled in. */
    static final TeamEntry NEW = new TeamEntry("", "", "*", "", "1", LimitsEntry.NONE);

    static TeamEntry of(Team team) {
        double share = team.share();
        return new TeamEntry(
                team.name(),
                team.description(),
                PatternLines.of(team.adapters()),
                PatternLines.of(team.owns()),
                share == Math.rint(share) ? Long.toString((long) share) : Double.toString(share),
                LimitsEntry.of(team.limits()));
    }

    static TeamEntry of(FormFields fields) {
        return new TeamEntry(
                fields.text("name"),
                fields.text("description"),
                fields.text("adapters"),
                fields.text("owns"),
                fields.text("share"),
                LimitsEntry.of(fields));
    }

    /**
     * Returns the team. Most of it is checked when the change is made.
     *
     * @throws ApiException if a field cannot be read
     */
    Team team(Instant created) {
        return new Team(
                name,
                description,
                PatternLines.patterns(adapters),
                PatternLines.patterns(owns),
                created,
                limits.limits(),
                shareNumber());
    }

    private double shareNumber() {
        if (share.isEmpty()) {
            return Team.USUAL_SHARE;
        }
        try {
            return Double.parseDouble(share);
        } catch (NumberFormatException _) {
            throw ApiException.invalid(
                    "share",
                    "'Share of service' must be a number from %s to %s, but is '%s'."
                            .formatted(
                                    Team.LEAST_SHARE,
                                    Team.MOST_SHARE,
                                    StringUtils.truncate(share, 50)));
        }
    }
}
