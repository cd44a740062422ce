package org.dlora.api.keys;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.dlora.security.Team;

/**
 * A team.
 *
 * @param adapters patterns of the adapters that its keys may use, beside its own
 * @param owns patterns of its own adapters' names
 * @param keys ids of its keys in force
 */
record TeamBody(
        String name,
        String description,
        List<String> adapters,
        List<String> owns,
        Instant created,
        List<String> keys) {

    static TeamBody of(Team team, List<String> keys) {
        return new TeamBody(
                team.name(),
                team.description(),
                team.adapters().patterns(),
                team.owns().patterns(),
                team.created(),
                keys);
    }

    /** Returns what the audit says of a team. */
    static Map<String, ?> state(Team team) {
        return Map.of(
                "description", team.description(),
                "adapters", team.adapters().patterns(),
                "owns", team.owns().patterns());
    }
}
