package org.dlora.catalogue;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dlora.adapter.FolderStamp;

/**
 * Failed attempts to serve what a manifest or a root has. An attempt is made again after a pause,
 * which grows from 5 s to 5 min, and at once if the folder that it concerns has changed. One thread
 * calls it.
 */
final class RetryPauses {
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
    private static final int DOUBLINGS = 6;

    private final InstantSource clock;
    private final Map<Key, Failure> failures = new HashMap<>();

    /**
     * Key of an attempt.
     *
     * @param name of the adapter
     * @param what source of content, or another member
     */
    record Key(String name, String what) {}

    private record Failure(String why, int attempts, Instant next, Optional<FolderStamp> stamp) {}

    RetryPauses(InstantSource clock) {
        this.clock = clock;
    }

    /** Returns why the last attempt has failed, while it is not time for the next one. */
    Optional<String> paused(Key key, Optional<FolderStamp> stamp) {
        return Optional.ofNullable(failures.get(key))
                .filter(failure -> failure.stamp().equals(stamp))
                .filter(failure -> clock.instant().isBefore(failure.next()))
                .map(Failure::why);
    }

    /** Returns when the next attempt is due: long ago for the first one. */
    Instant next(Key key) {
        var failure = failures.get(key);
        return failure == null ? Instant.EPOCH : failure.next();
    }

    /** Notes that an attempt has failed. */
    void failed(Key key, String why, Optional<FolderStamp> stamp) {
        var before = failures.get(key);
        int attempts = before == null ? 0 : before.attempts() + 1;
        var pause = FIRST_PAUSE.multipliedBy(1L << Math.min(attempts, DOUBLINGS));
        var limited = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
        failures.put(key, new Failure(why, attempts, clock.instant().plus(limited), stamp));
    }

    /** Notes that an attempt has succeeded. */
    void succeeded(Key key) {
        failures.remove(key);
    }

    /** Forgets all failures; returns what they were of. */
    Set<Key> forget() {
        var keys = Set.copyOf(failures.keySet());
        failures.clear();
        return keys;
    }
}
