package org.dlora.api.keys;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.security.ApiKey;
import org.dlora.security.IssuedKey;
import org.dlora.security.KeyOrder;
import org.dlora.security.KeyService;
import org.dlora.security.Team;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes of keys and teams by a caller, each with a line in the log and an action in the audit.
 * They block, as those of {@link KeyService} do, and throw what these throw; an unknown name is an
 * {@link org.dlora.api.openai.ApiException} with status 404.
 */
public final class KeyChanges {
    private static final Logger log = LoggerFactory.getLogger(KeyChanges.class);

    private final KeyService keys;
    private final ClusterEvents events;

    KeyChanges(KeyService keys, ClusterEvents events) {
        this.keys = keys;
        this.events = events;
    }

    /** Makes a key. */
    public IssuedKey issue(KeyOrder order, String actor) {
        var issued = keys.issue(order);
        report(actor, "key.create", null, issued.key());
        return issued;
    }

    /**
     * Makes a key in place of another.
     *
     * @param overlap time that both are in force
     * @param expires of the new key; null for the lifetime of the old one
     */
    public IssuedKey rotate(String id, Duration overlap, @Nullable Instant expires, String actor) {
        var issued = keys.rotate(id, overlap, expires);
        report(actor, "key.rotate", key(id), issued.key());
        return issued;
    }

    /** Changes what a key may do, or its name or end. */
    public ApiKey change(String id, UnaryOperator<KeyOrder> change, String actor) {
        var before = key(id);
        var changed = keys.change(id, change);
        report(actor, "key.update", before, changed);
        return changed;
    }

    /** Revokes a key for good. */
    public ApiKey revoke(String id, String actor) {
        var before = key(id);
        var revoked = keys.revoke(id);
        report(actor, "key.revoke", before, revoked);
        return revoked;
    }

    /** Makes a team. */
    public Team create(Team order, String actor) {
        var team = keys.create(order);
        reportTeam(actor, "team.create", team.name(), null, TeamBody.state(team));
        return team;
    }

    /** Changes a team but for its name. */
    public Team changeTeam(String name, UnaryOperator<Team> change, String actor) {
        var before = team(name);
        var team = keys.changeTeam(name, change);
        reportTeam(actor, "team.update", name, TeamBody.state(before), TeamBody.state(team));
        return team;
    }

    /** Removes a team without keys in force. */
    public void deleteTeam(String name, String actor) {
        var before = team(name);
        keys.deleteTeam(name);
        reportTeam(actor, "team.delete", name, TeamBody.state(before), null);
    }

    /** Returns a key; refused with status 404 if there is none. */
    public ApiKey key(String id) {
        return keys.key(id).orElseThrow(() -> AccessCall.unknown("key", "/admin/keys"));
    }

    /** Returns a team; refused with status 404 if there is none. */
    public Team team(String name) {
        return keys.team(name).orElseThrow(() -> AccessCall.unknown("team", "/admin/teams"));
    }

    private void report(String actor, String action, @Nullable ApiKey before, ApiKey after) {
        log.info("Key {}: {} by {}", after.id(), action, actor);
        events.done(
                actor,
                action,
                after.id(),
                before == null ? null : KeyBody.state(before),
                KeyBody.state(after));
    }

    private void reportTeam(
            String actor,
            String action,
            String name,
            @Nullable Map<String, ?> before,
            @Nullable Map<String, ?> after) {
        log.info("Team {}: {} by {}", name, action, actor);
        events.done(actor, action, name, before, after);
    }
}
