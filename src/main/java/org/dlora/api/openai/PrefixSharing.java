package org.dlora.api.openai;

import org.dlora.cluster.facts.Arrival;
import org.dlora.replica.PrefixOwner;
import org.jspecify.annotations.Nullable;

/** Which calls share cached prefixes: setting {@code dlora.prefix-cache-shared}. */
public enum PrefixSharing {
    /** Those of a team, or of a key that has no team; all calls where no key is needed. */
    TEAM,
    /** All calls of the server. */
    SERVER;

    /**
     * Returns the owner of a call's cached prefixes.
     *
     * @param salt value of {@code cache_salt}; null if the call has none
     */
    PrefixOwner owner(Arrival arrival, @Nullable String salt) {
        var owner =
                switch (this) {
                    case TEAM -> owner(arrival);
                    case SERVER -> PrefixOwner.SHARED;
                };
        return salt == null ? owner : owner.salted(salt);
    }

    private static PrefixOwner owner(Arrival arrival) {
        var team = arrival.team();
        var key = arrival.apiKey();
        if (team != null) {
            return PrefixOwner.ofTeam(team);
        }
        return key == null ? PrefixOwner.SHARED : PrefixOwner.ofKey(key);
    }
}
