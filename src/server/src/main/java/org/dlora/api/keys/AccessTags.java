package org.dlora.api.keys;

import java.util.List;
import java.util.Optional;
import org.dlora.api.web.EntityTag;
import org.dlora.security.ApiKey;
import org.dlora.security.Team;
import org.dlora.security.users.ConsoleUser;

/** Tags of keys, teams and users. */
public final class AccessTags {
    private AccessTags() {}

    /** Returns the tag of a key, team or user; empty for anything else. */
    public static Optional<EntityTag> of(Object found) {
        return switch (found) {
            case ApiKey key ->
                    Optional.of(
                            EntityTag.of(
                                    List.of(key.id(), key.state(), String.valueOf(key.revoked()))));
            case Team team -> Optional.of(EntityTag.of(List.of(team.name(), team.state())));
            // The stamp tells of another password, which no answer has.
            case ConsoleUser user ->
                    Optional.of(EntityTag.of(List.of(user.name(), user.state(), user.stamp())));
            default -> Optional.empty();
        };
    }
}
