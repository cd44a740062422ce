package org.dlora.security.users;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.dlora.security.EndSignal;
import org.dlora.security.Ending;
import org.jspecify.annotations.Nullable;

/**
 * The users in memory, by which each call of a session is checked, without the database. A change
 * of a user ends the calls that run in the user's sessions. Thread-safe.
 */
final class UserDirectory {
    /** Stamp of those who signed in by the link of the start. */
    static final String LINK = "link";

    /** Stamp of those whose users are not kept here. */
    static final String OUTSIDE = "outside";

    private final Map<String, EndSignal> ends = new ConcurrentHashMap<>();

    /** Null until the users have been read. */
    private volatile @Nullable Map<String, ConsoleUser> users;

    boolean isKnown() {
        return users != null;
    }

    /** Returns whether a user is there, who can only have a password. */
    boolean hasUsers() {
        return !all().isEmpty();
    }

    List<ConsoleUser> all() {
        var known = users;
        return known == null ? List.of() : List.copyOf(known.values());
    }

    Optional<ConsoleUser> find(String name) {
        var known = users;
        return known == null ? Optional.empty() : Optional.ofNullable(known.get(name));
    }

    /** Returns whether sessions that began with a stamp go on. */
    boolean holds(String name, String stamp) {
        return switch (stamp) {
            case OUTSIDE -> true;
            case LINK -> isKnown() && !hasUsers();
            default ->
                    find(name)
                            .filter(user -> !user.disabled() && user.stamp().equals(stamp))
                            .isPresent();
        };
    }

    /** Returns the end of a user's sessions that began with a stamp. */
    Ending end(String name, String stamp) {
        var end = ends.computeIfAbsent(stamp, _ -> new EndSignal());
        // A change between the check of the session and this is seen here, or brings the end.
        return holds(name, stamp) ? end : Ending.NOW;
    }

    /** Puts users into effect. */
    synchronized void publish(List<ConsoleUser> content) {
        var next = new HashMap<String, ConsoleUser>();
        var stamps = new HashSet<String>();
        stamps.add(OUTSIDE);
        if (content.isEmpty()) {
            stamps.add(LINK);
        }
        for (var user : content) {
            next.put(user.name(), user);
            if (!user.disabled()) {
                stamps.add(user.stamp());
            }
        }
        users = Map.copyOf(next);
        ends.entrySet()
                .removeIf(end -> {
                    boolean hasEnded = !stamps.contains(end.getKey());
                    if (hasEnded) {
                        end.getValue().end();
                    }
                    return hasEnded;
                });
    }

    /** Puts times and counts of a user into effect. */
    synchronized void note(String name, UnaryOperator<ConsoleUser> change) {
        find(name)
                .ifPresent(user -> {
                    var next = new HashMap<String, ConsoleUser>();
                    all().forEach(one -> next.put(one.name(), one));
                    next.put(name, change.apply(user));
                    users = Map.copyOf(next);
                });
    }
}
