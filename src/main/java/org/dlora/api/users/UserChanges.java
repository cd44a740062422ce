package org.dlora.api.users;

import java.util.LinkedHashMap;
import java.util.Map;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.security.users.ConsoleUser;
import org.dlora.security.users.Role;
import org.dlora.security.users.UserService;
import org.dlora.security.users.UserService.Change;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes of users by a caller, each with a line in the log and an action in the audit. They block,
 * as those of {@link UserService} do, and throw what these throw. Passwords are in neither.
 */
public final class UserChanges {
    private static final Logger log = LoggerFactory.getLogger(UserChanges.class);

    private final UserService users;
    private final ClusterEvents events;

    UserChanges(UserService users, ClusterEvents events) {
        this.users = users;
        this.events = events;
    }

    /** Makes a user. */
    public ConsoleUser create(String name, Role role, String password, String actor) {
        var made = users.create(name, role, password);
        report(actor, "user.create", made.name(), null, UserBody.state(made));
        return made;
    }

    /** Changes a user, and ends the user's sessions. */
    public ConsoleUser change(String name, Change change, String actor) {
        var before = user(name);
        var changed = users.change(before.name(), change);
        var after = new LinkedHashMap<String, Object>(UserBody.state(changed));
        if (change.password() != null) {
            after.put("password", "changed");
        }
        report(actor, "user.update", changed.name(), UserBody.state(before), after);
        return changed;
    }

    /** Gives a user all tries of the password back. */
    public void unlock(String name, String actor) {
        var user = user(name);
        users.unlock(user.name());
        report(actor, "user.unlock", user.name(), null, null);
    }

    /** Removes a user, and ends the user's sessions. */
    public void delete(String name, String actor) {
        var before = user(name);
        users.delete(before.name());
        report(actor, "user.delete", before.name(), UserBody.state(before), null);
    }

    /** Returns the user that a text names; refused if there is none. */
    public ConsoleUser user(String name) {
        return users.require(ConsoleUser.name(name));
    }

    private void report(
            String actor,
            String action,
            String name,
            @Nullable Map<String, ?> before,
            @Nullable Map<String, ?> after) {
        log.info("User {}: {} by {}", name, action, actor);
        events.done(actor, action, name, before, after);
    }
}
