package org.dlora.security;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Store of keys and teams. Each call blocks and is one transaction, unless it is a part of one; it
 * throws {@link AccessUnavailableException} if the database is away. Thread-safe.
 */
public interface KeyStore {

    /** Stored keys and teams; a revoked key stays a while. */
    record Content(List<ApiKey> keys, List<Team> teams) {
        public static final Content EMPTY = new Content(List.of(), List.of());

        public Content {
            keys = List.copyOf(keys);
            teams = List.copyOf(teams);
        }

        /** Returns the content with keys new or changed. */
        Content with(List<ApiKey> changed) {
            var ids = changed.stream().map(ApiKey::id).toList();
            var all = new ArrayList<>(keys);
            all.removeIf(key -> ids.contains(key.id()));
            all.addAll(changed);
            return new Content(all, teams);
        }

        /** Returns the content with a team new or changed. */
        Content with(Team changed) {
            var all = new ArrayList<>(without(changed.name()).teams);
            all.add(changed);
            return new Content(keys, all);
        }

        /** Returns the content without some keys, by their ids. */
        Content without(Set<String> ids) {
            return new Content(
                    keys.stream().filter(key -> !ids.contains(key.id())).toList(), teams);
        }

        /** Returns the content without a team. */
        Content without(String team) {
            return new Content(
                    keys, teams.stream().filter(one -> !one.name().equals(team)).toList());
        }
    }

    /**
     * Returns the result of a change. Its calls are one transaction, with the running action in the
     * audit, and no other server changes keys or teams meanwhile.
     */
    default <T> T alone(Supplier<T> change) {
        return change.get();
    }

    /** Returns all that is kept. */
    Content read();

    /** Writes keys, whole or none of them. */
    void write(List<ApiKey> keys);

    /** Removes keys by their ids; those that are not there stay so. */
    void deleteKeys(Set<String> ids);

    void write(Team team);

    void deleteTeam(String name);

    /** Notes when keys were used last, by their ids. */
    void used(Map<String, Instant> times);
}
