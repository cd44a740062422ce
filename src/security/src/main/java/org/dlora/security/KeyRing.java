package org.dlora.security;

import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.security.limits.Limited;
import org.dlora.security.limits.Limits;
import org.dlora.security.limits.LimitsSource;
import org.jspecify.annotations.Nullable;

/**
 * The keys in memory, by which calls are authenticated: one HMAC and one look-up, without the
 * database, as event loops call it. A key that ends tells the calls that run with it. Thread-safe.
 */
public final class KeyRing implements LimitsSource, TeamShares {
    /** Id of the key that the settings give, in the history and the audit. */
    static final String ADMIN_KEY = "admin-key";

    private static final String BEARER = "Bearer ";

    /** Hash of no key, compared where there is none, so that the work is the same. */
    private static final String NO_HASH = "0".repeat(64);

    private final InstantSource clock;
    private final boolean keysRequired;
    private final KeySecret own = KeySecret.random();
    private final Optional<String> adminHash;
    private final Access admin =
            new Access(
                    new Access.KeyView(
                            ADMIN_KEY,
                            new KeySettings(
                                    ADMIN_KEY,
                                    null,
                                    Set.of(Scope.ADMIN),
                                    AdapterPatterns.ALL,
                                    null)),
                    null,
                    Ending.NEVER);
    private final EndSignal closed = new EndSignal();

    /** Access of a call without a key, which ends once the server has keys. */
    private final Access open = new Access(null, null, closed);

    private final Map<String, EndSignal> ends = new ConcurrentHashMap<>();
    private final Map<String, Instant> uses = new ConcurrentHashMap<>();

    /** Last uses that were taken to be written; the content that was read may be older. */
    private final Map<String, Instant> taken = new ConcurrentHashMap<>();

    private volatile Snapshot snapshot;
    private volatile Runnable follower = () -> {};

    /** A key, and what a call with it may do. */
    private record Entry(ApiKey key, Access access) {}

    /**
     * Keys and teams at one time.
     *
     * @param problem why it is not known which keys there are; null if it is
     * @param secret that the hashes are made with, null if there is none
     */
    private record Snapshot(
            KeyStore.Content content,
            Map<String, Entry> entries,
            Map<String, Team> teams,
            @Nullable KeySecret secret,
            @Nullable String problem) {}

    public KeyRing(RingSettings settings, InstantSource clock) {
        this.clock = clock;
        keysRequired = settings.keysRequired();
        adminHash = settings.adminKey().map(own::hash);
        snapshot =
                new Snapshot(
                        KeyStore.Content.EMPTY,
                        Map.of(),
                        Map.of(),
                        null,
                        settings.keysMayExist() ? "The keys have not been read yet" : null);
    }

    /** Returns whether calls need no key: there is none, and none is required. */
    public boolean isOpen() {
        return isOpen(snapshot);
    }

    private boolean isOpen(Snapshot now) {
        return now.problem == null && now.entries.isEmpty() && adminHash.isEmpty() && !keysRequired;
    }

    /** Returns whether a call could get in with a key. */
    public boolean hasKeys() {
        return adminHash.isPresent() || !snapshot.entries.isEmpty();
    }

    /** Returns why no call can get in, whatever its key; empty if one can. */
    public Optional<String> problem() {
        return adminHash.isPresent() ? Optional.empty() : Optional.ofNullable(snapshot.problem);
    }

    boolean hasAdminKey() {
        return adminHash.isPresent();
    }

    /**
     * Returns the access of a call.
     *
     * @param headers its headers {@code Authorization}; of an open server they are ignored
     * @throws AccessRefusedException if it may do nothing
     */
    public Access authenticate(List<String> headers) {
        var now = snapshot;
        if (isOpen(now)) {
            return open;
        }
        if (headers.isEmpty()) {
            throw now.problem == null || adminHash.isPresent()
                    ? AccessRefusedException.missing()
                    : notReady(now.problem);
        }
        var header = headers.getFirst();
        if (headers.size() > 1 || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            throw AccessRefusedException.malformed();
        }
        return withKey(header.substring(BEARER.length()).strip(), now);
    }

    private Access withKey(String text, Snapshot now) {
        if (adminHash.isPresent() && own.matches(text, adminHash.get())) {
            return admin;
        }
        if (now.problem != null) {
            throw notReady(now.problem);
        }
        var id = KeyFormat.id(text).orElseThrow(AccessRefusedException::unknown);
        var entry = now.entries.get(id);
        var secret = now.secret == null ? own : now.secret;
        boolean isRight = secret.matches(text, entry == null ? NO_HASH : entry.key.hash());
        if (entry == null || !isRight) {
            throw AccessRefusedException.unknown();
        }
        var time = clock.instant();
        if (!entry.key.isLive(time)) {
            throw AccessRefusedException.ended(entry.key);
        }
        uses.put(id, time);
        return entry.access;
    }

    private static AccessRefusedException notReady(String problem) {
        return AccessRefusedException.notReady(problem + ". Try again in a few seconds.");
    }

    /** Returns keys and teams as calls see them. */
    KeyStore.Content content() {
        return snapshot.content;
    }

    /** Returns the access of calls with a key; empty if the store has no such key. */
    public Optional<Access> accessOf(String keyId) {
        return Optional.ofNullable(snapshot.entries.get(keyId)).map(Entry::access);
    }

    @Override
    public double shareOf(String team) {
        var known = snapshot.teams.get(team);
        return known == null ? Team.USUAL_SHARE : known.share();
    }

    @Override
    public void onChange(Runnable told) {
        follower = told;
    }

    @Override
    public Limits inForce(Limited owner) {
        var now = snapshot;
        return switch (owner.kind()) {
            case KEY -> {
                var entry = now.entries.get(owner.name());
                yield entry == null ? owner.limits() : entry.key.settings().limits();
            }
            case TEAM -> {
                var team = now.teams.get(owner.name());
                yield team == null ? owner.limits() : team.limits();
            }
        };
    }

    /** Puts keys and teams into effect, and ends the calls of keys that have ended. */
    void publish(KeyStore.Content content, Optional<KeySecret> secret) {
        put(content, secret);
        follower.run(); // Without the lock: it may take others.
    }

    private synchronized void put(KeyStore.Content content, Optional<KeySecret> secret) {
        var teams = new HashMap<String, Team>();
        content.teams().forEach(team -> teams.put(team.name(), team));
        var entries = new HashMap<String, Entry>();
        for (var key : content.keys()) {
            var end = ends.computeIfAbsent(key.id(), _ -> new EndSignal());
            entries.put(key.id(), new Entry(key, access(key, teams, end)));
        }
        snapshot =
                new Snapshot(
                        content, Map.copyOf(entries), Map.copyOf(teams), secret.orElse(null), null);
        taken.keySet().retainAll(entries.keySet());
        endCalls();
        if (!isOpen(snapshot)) {
            closed.end();
        }
    }

    private static Access access(ApiKey key, Map<String, Team> teams, EndSignal end) {
        var team = key.team();
        // A team that is not there allows nothing.
        var own =
                team == null
                        ? null
                        : teams.getOrDefault(
                                team,
                                new Team(
                                        team,
                                        "",
                                        AdapterPatterns.NONE,
                                        AdapterPatterns.NONE,
                                        key.created()));
        return new Access(new Access.KeyView(key.id(), key.settings()), own, end);
    }

    /** Refuses calls until the keys are read; those in effect stay so. */
    synchronized void unknown(String problem) {
        var now = snapshot;
        if (now.entries.isEmpty()) {
            snapshot = new Snapshot(now.content, now.entries, now.teams, now.secret, problem);
        }
    }

    /** Ends the calls of keys that are not in force any more. */
    synchronized void endCalls() {
        var now = clock.instant();
        var entries = snapshot.entries;
        // A key that lives again later gets another end.
        ends.entrySet()
                .removeIf(end -> {
                    var entry = entries.get(end.getKey());
                    boolean hasEnded = entry == null || !entry.key.isLive(now);
                    if (hasEnded) {
                        end.getValue().end();
                    }
                    return hasEnded;
                });
    }

    /** Returns when keys were used since the last call, by their ids. */
    Map<String, Instant> takeUses() {
        var found = new HashMap<String, Instant>();
        for (var id : List.copyOf(uses.keySet())) {
            // Put first, so that a reader finds it at any moment.
            uses.computeIfPresent(
                    id,
                    (_, time) -> {
                        taken.put(id, time);
                        found.put(id, time);
                        return null;
                    });
        }
        return found;
    }

    /** Gives back uses that could not be written. */
    void giveBack(Map<String, Instant> times) {
        times.forEach(uses::putIfAbsent);
    }

    /**
     * Returns when a key was used last here, written or not; empty if it was not since the start.
     */
    Optional<Instant> lastUse(String id) {
        var last = uses.get(id);
        return Optional.ofNullable(last == null ? taken.get(id) : last);
    }
}
