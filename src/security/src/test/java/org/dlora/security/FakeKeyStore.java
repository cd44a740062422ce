package org.dlora.security;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/** Store in memory that a test can take away. */
public final class FakeKeyStore implements KeyStore {
    private Content content = Content.EMPTY;
    private boolean away;
    private int failingRead;
    int reads;

    /** Latch that reads wait for. */
    volatile CountDownLatch hanging = new CountDownLatch(0);

    /** Opened when a read has begun. */
    final CountDownLatch reading = new CountDownLatch(1);

    /** Fails the read of this number; the first is 1. */
    synchronized void failRead(int number) {
        failingRead = number;
    }

    public synchronized void away(boolean isAway) {
        away = isAway;
    }

    @Override
    public Content read() {
        reading.countDown();
        try {
            hanging.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return present();
    }

    private synchronized Content present() {
        check();
        reads++;
        if (reads == failingRead) {
            throw new OutOfMemoryError("none is left");
        }
        return content;
    }

    @Override
    public synchronized void write(List<ApiKey> keys) {
        check();
        content = content.with(keys);
    }

    @Override
    public synchronized void deleteKeys(Set<String> ids) {
        check();
        content = content.without(ids);
    }

    @Override
    public synchronized void write(Team team) {
        check();
        content = content.with(team);
    }

    @Override
    public synchronized void deleteTeam(String name) {
        check();
        content = content.without(name);
    }

    @Override
    public synchronized void used(Map<String, Instant> times) {
        check();
        content =
                content.with(
                        content.keys().stream()
                                .filter(key -> times.containsKey(key.id()))
                                .map(key ->
                                        key.withTimes(
                                                key.revoked(),
                                                times.getOrDefault(key.id(), Instant.EPOCH)))
                                .toList());
    }

    private void check() {
        if (away) {
            throw new AccessUnavailableException("The database is away", null);
        }
    }
}
