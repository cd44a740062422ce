package org.dlora.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KeyRefreshTest {
    private final AtomicReference<Instant> now =
            new AtomicReference<>(Instant.parse("2026-01-02T03:04:05Z"));
    private final FakeKeyStore store = new FakeKeyStore();
    private final KeyRing ring =
            new KeyRing(new RingSettings(Optional.empty(), false, false), now::get);
    private final KeyService keys = new KeyService(ring, store, SecretSource.inMemory(), now::get);

    @Test
    void callsOfExpiredKeysEndWhileTheDatabaseHangs() throws Exception {
        var expires = now.get().plusSeconds(10);
        var key =
                keys.issue(
                        new KeySettings(
                                "root", null, Set.of(Scope.ADMIN), AdapterPatterns.ALL, expires));
        var call = ring.authenticate(List.of("Bearer " + key.secret()));
        var ended = new CountDownLatch(1);
        var watch = call.ended().onEnd(ended::countDown);
        store.hanging = new CountDownLatch(1);
        try (var refresh = new KeyRefresh(keys)) {
            refresh.start(Duration.ofMillis(1), true);
            assertThat(store.reading.await(30, TimeUnit.SECONDS)).isTrue();
            now.set(expires);
            assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
            store.hanging.countDown();
        } finally {
            watch.close();
        }
    }

    @Test
    void keysAreReadAgainAfterAnError() {
        store.failRead(2);
        try (var refresh = new KeyRefresh(keys)) {
            refresh.start(Duration.ofMillis(1), true);
            await().until(() -> {
                synchronized (store) {
                    return store.reads > 3;
                }
            });
        }
    }
}
