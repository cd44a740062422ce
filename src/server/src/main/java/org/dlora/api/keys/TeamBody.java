package org.dlora.api.keys;

import java.time.Instant;
import java.util.List;
import org.dlora.security.Team;
import org.dlora.security.limits.Limits;

/**
 * A team.
 *
 * @param adapters patterns of the adapters that its keys may use, beside its own
 * @param owns patterns of its own adapters' names
 * @param limits the most that its keys may take together
 * @param usage usage of all its keys
 * @param share relative service of the team while others are backlogged too
 * @param keys ids of its keys in force
 */
record TeamBody(
        String name,
        String description,
        List<String> adapters,
        List<String> owns,
        Limits limits,
        KeyUsageBody usage,
        double share,
        Instant created,
        List<String> keys) {

    static TeamBody of(Team team, KeyUsageBody usage, List<String> keys) {
        return new TeamBody(
                team.name(),
                team.description(),
                team.adapters().patterns(),
                team.owns().patterns(),
                team.limits(),
                usage,
                team.share(),
                team.created(),
                keys);
    }
}
