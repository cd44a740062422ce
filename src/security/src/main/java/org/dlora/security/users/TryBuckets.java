package org.dlora.security.users;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Tries that each of many names has, which come back with time (generic cell rate algorithm). A
 * name that has all of its tries takes no memory. Not thread-safe.
 */
final class TryBuckets {
    private final long interval;
    private final long burst;
    private final int names;
    private final InstantSource clock;

    /** When a name has all of its tries again, in milliseconds. */
    private final Map<String, Long> fullAt = new HashMap<>();

    /** Until when a name was said to have no try, in milliseconds. */
    private final Map<String, Long> lockedUntil = new HashMap<>();

    /**
     * @param tries at once
     * @param interval after which one comes back
     * @param names kept at most; beyond that the one is forgotten that is full first
     */
    TryBuckets(int tries, Duration interval, int names, InstantSource clock) {
        this.interval = interval.toMillis();
        this.burst = this.interval * tries;
        this.names = names;
        this.clock = clock;
    }

    /** Returns the time until a name has a try; empty if it has one now. */
    Optional<Duration> wait(String name) {
        long missing = after(name) - clock.millis() - burst;
        return missing <= 0 ? Optional.empty() : Optional.of(Duration.ofMillis(missing));
    }

    /**
     * Returns until when a name has no try, once for each time that it has none; empty if it has
     * one, or if that was said before.
     */
    Optional<Instant> lockOut(String name) {
        long now = clock.millis();
        if (lockedUntil.getOrDefault(name, 0L) > now) {
            return Optional.empty();
        }
        var until = wait(name).map(wait -> now + wait.toMillis());
        until.ifPresent(time -> lockedUntil.put(name, time));
        return until.map(Instant::ofEpochMilli);
    }

    /** Takes a try, whether there is one or not. */
    void take(String name) {
        fullAt.put(name, after(name));
        if (fullAt.size() > names) {
            trim();
        }
    }

    private long after(String name) {
        return Math.max(fullAt.getOrDefault(name, 0L), clock.millis()) + interval;
    }

    private void trim() {
        long now = clock.millis();
        fullAt.values().removeIf(time -> time <= now);
        if (fullAt.size() > names) {
            fullAt.entrySet().stream()
                    .min(Map.Entry.comparingByValue())
                    .map(Map.Entry::getKey)
                    .ifPresent(fullAt::remove);
        }
        lockedUntil.keySet().retainAll(fullAt.keySet());
    }

    /** Gives a try back. */
    void giveBack(String name) {
        fullAt.computeIfPresent(name, (_, time) -> time - interval);
        lockedUntil.remove(name);
    }

    /** Gives all tries back. */
    void reset(String name) {
        fullAt.remove(name);
        lockedUntil.remove(name);
    }

    /** Gives all names that begin so their tries back. */
    void resetAll(String begin) {
        fullAt.keySet().removeIf(name -> name.startsWith(begin));
        lockedUntil.keySet().removeIf(name -> name.startsWith(begin));
    }

    int size() {
        return Math.max(fullAt.size(), lockedUntil.size());
    }
}
