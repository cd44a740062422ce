package org.dlora.operate.access;

import java.util.function.Supplier;
import org.dlora.audit.AuditedAction;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.security.users.ConsoleUser;
import org.dlora.security.users.Role;
import org.dlora.security.users.UserService;
import org.dlora.security.users.UserService.Change;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands of operators that change users, each with a line in the log and an action in the audit.
 * They block as {@link UserService} does, and throw what it throws. Passwords are in neither.
 */
public final class UserCommands {
    private static final Logger log = LoggerFactory.getLogger(UserCommands.class);

    private final UserService users;
    private final ClusterEvents events;

    public UserCommands(UserService users, ClusterEvents events) {
        this.users = users;
        this.events = events;
    }

    /** Makes a user. */
    public ConsoleUser create(String name, Role role, String password, String actor) {
        return audited(actor, "user.create", () -> users.create(name, role, password));
    }

    /** Changes a user, and ends the user's sessions. */
    public ConsoleUser change(String name, Change change, String actor) {
        var before = user(name);
        return audited(actor, "user.update", () -> users.change(before.name(), change));
    }

    /** Gives a user all tries of the password back. */
    public void unlock(String name, String actor) {
        var user = user(name);
        users.unlock(user.name());
        log.info("User {}: user.unlock by {}", user.name(), actor);
        events.done(actor, "user.unlock", user.name(), null, null);
    }

    /** Removes a user, and ends the user's sessions. */
    public void delete(String name, String actor) {
        var before = user(name);
        var _ =
                audited(
                        actor,
                        "user.delete",
                        () -> {
                            users.delete(before.name());
                            return before;
                        });
    }

    /** Returns the user that a text names; refused if there is none. */
    public ConsoleUser user(String name) {
        return users.require(ConsoleUser.name(name));
    }

    private ConsoleUser audited(String actor, String action, Supplier<ConsoleUser> change) {
        return AuditedAction.call(
                actor,
                action,
                () -> {
                    var done = change.get();
                    events.committed();
                    log.info("User {}: {} by {}", done.name(), action, actor);
                    return done;
                });
    }
}
