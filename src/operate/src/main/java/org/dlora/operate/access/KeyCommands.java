package org.dlora.operate.access;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.dlora.audit.AuditedAction;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.security.AccessChangeException;
import org.dlora.security.ApiKey;
import org.dlora.security.IssuedKey;
import org.dlora.security.KeyService;
import org.dlora.security.KeySettings;
import org.dlora.security.Team;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands of operators that change keys and teams, each with a line in the log and an action in
 * the audit. They block as {@link KeyService} does, and throw what it throws.
 */
public final class KeyCommands {
    private static final Logger log = LoggerFactory.getLogger(KeyCommands.class);

    /** Actor of what the server does by itself. */
    private static final String SERVER = "server";

    private final KeyService keys;
    private final ClusterEvents events;

    public KeyCommands(KeyService keys, ClusterEvents events) {
        this.keys = keys;
        this.events = events;
    }

    /** Makes a key. */
    public IssuedKey issue(KeySettings order, String actor) {
        return audited(actor, "key.create", () -> keys.issue(order));
    }

    /**
     * Makes a key in place of another.
     *
     * @param overlap time that both are in force
     * @param expires of the new key; null for the lifetime of the old one
     */
    public IssuedKey rotate(String id, Duration overlap, @Nullable Instant expires, String actor) {
        var _ = key(id);
        return audited(actor, "key.rotate", () -> keys.rotate(id, overlap, expires));
    }

    /** Changes what a key may do, or its name or end. */
    public ApiKey change(String id, UnaryOperator<KeySettings> change, String actor) {
        var _ = key(id);
        return audited(actor, "key.update", () -> keys.change(id, change));
    }

    /** Revokes a key for good. */
    public ApiKey revoke(String id, String actor) {
        var _ = key(id);
        return audited(actor, "key.revoke", () -> keys.revoke(id));
    }

    /**
     * Removes keys that ended before a time, as the server does by itself. The rows of requests,
     * usage and audit that name them stay.
     */
    public void forgetEnded(Instant before) {
        int removed;
        do {
            removed =
                    AuditedAction.call(
                            SERVER,
                            "key.purge",
                            () -> {
                                int ended = keys.forgetEnded(before);
                                events.committed();
                                return ended;
                            });
            if (removed > 0) {
                log.info("{} keys that ended before {} were removed", removed, before);
            }
        } while (removed > 0);
    }

    /** Makes a team. */
    public Team create(Team order, String actor) {
        return audited(actor, "team.create", () -> keys.create(order));
    }

    /** Changes a team but for its name. */
    public Team changeTeam(String name, UnaryOperator<Team> change, String actor) {
        var _ = team(name);
        return audited(actor, "team.update", () -> keys.changeTeam(name, change));
    }

    /** Removes a team without keys in force. */
    public void deleteTeam(String name, String actor) {
        var before = team(name);
        var _ =
                audited(
                        actor,
                        "team.delete",
                        () -> {
                            keys.deleteTeam(name);
                            return before;
                        });
    }

    /**
     * Returns a key.
     *
     * @throws AccessChangeException if there is none
     */
    public ApiKey key(String id) {
        return keys.key(id).orElseThrow(() -> AccessChangeException.unknown("key", "/admin/keys"));
    }

    /**
     * Returns a team.
     *
     * @throws AccessChangeException if there is none
     */
    public Team team(String name) {
        return keys.team(name)
                .orElseThrow(() -> AccessChangeException.unknown("team", "/admin/teams"));
    }

    private <T> T audited(String actor, String action, Supplier<T> change) {
        return AuditedAction.call(
                actor,
                action,
                () -> {
                    var done = change.get();
                    events.committed();
                    AuditedAction.current()
                            .flatMap(AuditedAction::entry)
                            .ifPresent(entry ->
                                    log.info("{} {} by {}", action, entry.subject(), actor));
                    return done;
                });
    }
}
