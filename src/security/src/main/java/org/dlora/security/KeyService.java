package org.dlora.security;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.dlora.audit.AuditedAction;
import org.dlora.audit.ChangeCondition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Service that shows and changes keys and teams. A change is written to the store first, then put
 * into effect. Changes come one at a time and block; no event loop makes them. Each throws {@link
 * AccessChangeException}, or {@link AccessUnavailableException} if it cannot be kept. Thread-safe.
 */
public final class KeyService {
    private static final Logger log = LoggerFactory.getLogger(KeyService.class);

    /** Keys that a transaction removes at most: their names fit one row of the audit. */
    static final int SLICE = 400;

    private final KeyRing ring;
    private final KeyStore store;
    private final SecretSource secrets;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();
    private final ReentrantLock changing = new ReentrantLock();

    /** Keys in force whose hashes were made with another secret, at the last look. */
    private long unreadable;

    public KeyService(KeyRing ring, KeyStore store, SecretSource secrets, InstantSource clock) {
        this.ring = ring;
        this.store = store;
        this.secrets = secrets;
        this.clock = clock;
    }

    /** Returns all keys, the newest first. */
    public List<ApiKey> keys() {
        return ring.content().keys().stream()
                .map(this::withLastUse)
                .sorted(Comparator.comparing(ApiKey::created).reversed().thenComparing(ApiKey::id))
                .toList();
    }

    private ApiKey withLastUse(ApiKey key) {
        return ring.lastUse(key.id()).map(use -> key.withTimes(key.revoked(), use)).orElse(key);
    }

    public Optional<ApiKey> key(String id) {
        return keys().stream().filter(key -> key.id().equals(id)).findFirst();
    }

    /** Returns all teams by name. */
    public List<Team> teams() {
        return ring.content().teams().stream().sorted(Comparator.comparing(Team::name)).toList();
    }

    public Optional<Team> team(String name) {
        return ring.content().teams().stream().filter(team -> team.name().equals(name)).findFirst();
    }

    /** Makes a key. The first one must have scope {@code admin}, or nobody could make others. */
    public IssuedKey issue(KeySettings settings) {
        return changed(content -> {
            KeyChecks.check(settings, content.teams(), clock.instant());
            boolean isFirst = content.keys().isEmpty() && !ring.hasAdminKey();
            if (isFirst && !settings.scopes().contains(Scope.ADMIN)) {
                throw AccessChangeException.conflict(
                        "The first key needs the scope 'admin': with it the server is closed, and nobody could make others. Make that one first.");
            }
            var issued = draw(settings, content.keys());
            AuditedAction.describe(issued.key().id(), null, issued.key().state());
            return keep(issued, content, issued.key());
        });
    }

    /**
     * Makes a key in place of another, which ends after {@code overlap}.
     *
     * @param expires of the new key; null for the lifetime of the old one, if it had one
     */
    public IssuedKey rotate(String id, Duration overlap, @Nullable Instant expires) {
        return changed(content -> {
            var old = find(content, id);
            var now = clock.instant();
            if (!old.isLive(now)) {
                throw AccessChangeException.conflict(
                        "The key %s has ended; make a new one.".formatted(id));
            }
            var settings =
                    old.settings().withExpires(expires == null ? sameLifetime(old, now) : expires);
            KeyChecks.check(settings, content.teams(), now);
            var issued = draw(settings, content.keys());
            AuditedAction.describe(issued.key().id(), old.state(), issued.key().state());
            return keep(issued, content, issued.key(), old.endingBy(now.plus(overlap)));
        });
    }

    private static @Nullable Instant sameLifetime(ApiKey old, Instant now) {
        var expires = old.expires();
        return expires == null ? null : now.plus(Duration.between(old.created(), expires));
    }

    /** Revokes a key for good; running streams with it end within a step. */
    public ApiKey revoke(String id) {
        return changed(content -> {
            var key = find(content, id);
            var revoked = key.revoked(clock.instant());
            AuditedAction.describe(id, key.state(), revoked.state());
            return keep(revoked, content, revoked);
        });
    }

    /**
     * Removes keys that ended before a time, {@value #SLICE} at most; returns their number. The one
     * that ended last stays if there is no other, as a server without any key is open.
     */
    public int forgetEnded(Instant before) {
        // Asked without the store first, as there is nothing to remove most of the time.
        return ended(ring.content(), before).isEmpty()
                ? 0
                : changed(content -> {
                    var names = ended(content, before);
                    if (!names.isEmpty()) {
                        AuditedAction.describe("keys", names, null);
                        store.deleteKeys(names.keySet());
                    }
                    return new Effect<>(names.size(), content.without(names.keySet()));
                });
    }

    /** Returns the names of the keys that ended first, by their ids. */
    private static SequencedMap<String, String> ended(KeyStore.Content content, Instant before) {
        var all = content.keys();
        var names = new LinkedHashMap<String, String>();
        all.stream()
                .filter(key -> key.end().filter(end -> end.isBefore(before)).isPresent())
                .sorted(Comparator.comparing(key -> key.end().orElse(Instant.MAX)))
                .limit(Math.min(SLICE, Math.max(0, all.size() - 1)))
                .forEach(key -> names.put(key.id(), key.name()));
        return names;
    }

    /** Changes what a key may do, or its name or end. Running streams go on. */
    public ApiKey change(String id, UnaryOperator<KeySettings> change) {
        return changed(content -> {
            var key = find(content, id);
            var settings = change.apply(key.settings());
            var now = clock.instant();
            if (!key.isLive(now)) {
                throw AccessChangeException.conflict(
                        "The key %s has ended and stays so; make a new one.".formatted(id));
            }
            KeyChecks.check(settings, content.teams(), now);
            var changed = key.with(settings);
            AuditedAction.describe(id, key.state(), changed.state());
            return keep(changed, content, changed);
        });
    }

    /** Makes a team. */
    public Team create(Team team) {
        return changed(content -> {
            KeyChecks.check(team);
            if (content.teams().stream().anyMatch(one -> one.name().equals(team.name()))) {
                throw AccessChangeException.conflict(
                        "There is a team '%s' already; PUT /admin/teams/NAME changes it."
                                .formatted(team.name()));
            }
            AuditedAction.describe(team.name(), null, team.state());
            store.write(team);
            return new Effect<>(team, content.with(team));
        });
    }

    /** Changes a team but for its name. */
    public Team changeTeam(String name, UnaryOperator<Team> change) {
        return changed(content -> {
            var before = findTeam(content, name);
            var changed = change.apply(before);
            KeyChecks.check(changed);
            AuditedAction.describe(name, before.state(), changed.state());
            store.write(changed);
            return new Effect<>(changed, content.with(changed));
        });
    }

    /** Removes a team whose keys have all ended. */
    public void deleteTeam(String name) {
        var _ =
                changed(content -> {
                    var team = findTeam(content, name);
                    var now = clock.instant();
                    long live =
                            content.keys().stream()
                                    .filter(key -> name.equals(key.team()) && key.isLive(now))
                                    .count();
                    if (live > 0) {
                        throw AccessChangeException.conflict(
                                "The team '%s' has %s first."
                                        .formatted(
                                                name,
                                                live == 1
                                                        ? "1 key in force; revoke it"
                                                        : live + " keys in force; revoke them"));
                    }
                    AuditedAction.describe(name, team.state(), null);
                    store.deleteTeam(name);
                    return new Effect<>(team, content.without(name));
                });
    }

    /** Reads keys and teams anew: other servers may have changed them. */
    public void refresh() {
        changing.lock();
        try {
            var content = store.read();
            var secret = secrets.find();
            ring.publish(content, secret);
            complain(content, secret.map(KeySecret::print).orElse(""));
        } finally {
            changing.unlock();
        }
    }

    private void complain(KeyStore.Content content, String print) {
        long others =
                content.keys().stream()
                        .filter(key -> key.isLive(clock.instant()) && !key.secret().equals(print))
                        .count();
        if (others > 0 && others != unreadable) {
            log.warn(
                    "{} keys were made with another secret and are refused here: give this server the file keys.secret of the one that made them (dlora.security.secret-file)",
                    others);
        }
        unreadable = others;
    }

    /** Refuses calls without the settings' key until the keys are read. */
    public void unknown(String problem) {
        ring.unknown(problem);
    }

    /** Ends the calls of keys that have expired. */
    public void endCalls() {
        ring.endCalls();
    }

    /** Writes when keys were used last; what cannot be written is kept for the next time. */
    public void writeUses() {
        var times = ring.takeUses();
        if (!times.isEmpty()) {
            try {
                store.used(times);
            } catch (AccessUnavailableException e) {
                ring.giveBack(times);
                throw e;
            }
        }
    }

    /** The result of a change, and what the store has after it. */
    private record Effect<T>(T result, KeyStore.Content after) {}

    private <T> Effect<T> keep(T result, KeyStore.Content before, ApiKey... keys) {
        store.write(List.of(keys));
        return new Effect<>(result, before.with(List.of(keys)));
    }

    // What other servers have changed is read first, in the same transaction, so that nothing of it
    // is undone.
    private <T> T changed(Function<KeyStore.Content, Effect<T>> change) {
        changing.lock();
        try {
            // Read before anything is written, so that what is written takes effect.
            var secret = secrets.find();
            var done = store.alone(() -> change.apply(store.read()));
            ring.publish(done.after(), secret.isPresent() ? secret : secrets.find());
            return done.result();
        } finally {
            changing.unlock();
        }
    }

    private IssuedKey draw(KeySettings settings, List<ApiKey> known) {
        var ids = new ArrayList<String>();
        known.forEach(key -> ids.add(key.id()));
        String id;
        do {
            id = KeyFormat.newId(random);
        } while (ids.contains(id));
        var text = KeyFormat.newKey(id, random);
        var secret = secrets.obtain();
        var key =
                new ApiKey(
                        id,
                        settings,
                        clock.instant().truncatedTo(ChronoUnit.MILLIS),
                        null,
                        null,
                        secret.hash(text),
                        secret.print());
        return new IssuedKey(key, text);
    }

    /** Returns a key that the running change may replace. */
    private static ApiKey find(KeyStore.Content content, String id) {
        var found =
                content.keys().stream()
                        .filter(key -> key.id().equals(id))
                        .findFirst()
                        .orElseThrow(() -> AccessChangeException.unknown("key", "/admin/keys"));
        ChangeCondition.current().check(found);
        return found;
    }

    /** Returns a team that the running change may replace. */
    private static Team findTeam(KeyStore.Content content, String name) {
        var found =
                content.teams().stream()
                        .filter(team -> team.name().equals(name))
                        .findFirst()
                        .orElseThrow(() -> AccessChangeException.unknown("team", "/admin/teams"));
        ChangeCondition.current().check(found);
        return found;
    }
}
