package org.dlora.api.openai.responses;

import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;

/**
 * Owner of a response, who may read it and go on from it: the calls of a team, or of a key without
 * a team, or all calls without keys.
 *
 * @param team name; null if the call has none
 * @param key id of the key; null if there is a team, or no key
 */
record ResponseOwner(@Nullable String team, @Nullable String key) {

    static ResponseOwner of(Access access) {
        var team = access.teamName().orElse(null);
        return new ResponseOwner(team, team == null ? access.keyId().orElse(null) : null);
    }
}
