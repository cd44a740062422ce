package org.dlora.catalogue.history;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/**
 * Source of keys in the order of time: 43 bits of milliseconds since 1970, 12 random bits of the
 * server, 8 bits that count within a millisecond. A span of time is so a range of keys, and the key
 * of a row is known before it is written. Thread-safe.
 */
public final class HistoryKey {
    private static final int TIME_SHIFT = 20;
    private static final int SERVER_SHIFT = 8;
    private static final long COUNTS = 1L << SERVER_SHIFT;

    private final InstantSource clock;
    private final long server;
    private long time;
    private long count;

    public HistoryKey(InstantSource clock, RandomGenerator random) {
        this.clock = clock;
        server = random.nextLong(1L << (TIME_SHIFT - SERVER_SHIFT));
    }

    /** Returns a key above all before, also if the clock goes back. */
    public synchronized long next() {
        long now = clock.millis();
        if (now > time) {
            time = now;
            count = 0;
        } else if (++count == COUNTS) {
            time++;
            count = 0;
        }
        return (time << TIME_SHIFT) | (server << SERVER_SHIFT) | count;
    }

    /** Returns the least key of {@code at} and later; the least or largest one beyond all keys. */
    public static long least(Instant at) {
        long latest = Long.MAX_VALUE >> TIME_SHIFT;
        return Math.clamp(at.toEpochMilli(), 0, latest) << TIME_SHIFT;
    }

    /** Returns how far apart keys are that a span of time lies between. */
    public static long span(Duration time) {
        return time.toMillis() << TIME_SHIFT;
    }

    /** Returns the time of a key, in whole milliseconds. */
    public static Instant time(long key) {
        return Instant.ofEpochMilli(key >> TIME_SHIFT);
    }
}
