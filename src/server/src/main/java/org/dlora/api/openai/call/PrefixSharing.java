package org.dlora.api.openai.call;

import org.dlora.cluster.facts.Arrival;
import org.dlora.replica.request.PrefixOwner;
import org.jspecify.annotations.Nullable;

/** Calls that share cached prefixes: setting {@code dlora.prefix-cache-shared}. */
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
    public PrefixOwner owner(Arrival arrival, @Nullable String salt) {
        var owner = owner(arrival.team(), arrival.apiKey());
        return salt == null ? owner : owner.salted(salt);
    }

    /**
     * Returns the owner of cached prefixes without a salt.
     *
     * @param team name of the key's team; null if it has none
     * @param key id of the key; null without one
     */
    public PrefixOwner owner(@Nullable String team, @Nullable String key) {
        if (this == SERVER) {
            return PrefixOwner.SHARED;
        }
        if (team != null) {
            return PrefixOwner.ofTeam(team);
        }
        return key == null ? PrefixOwner.SHARED : PrefixOwner.ofKey(key);
    }
}
