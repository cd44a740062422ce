package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A place that work passes; while it is held, the work that comes there stays until its release.
 */
final class HeldWork {
    private final Semaphore arrived = new Semaphore(0);
    private volatile @Nullable CountDownLatch held;

    /** Passes, or waits for the release. */
    void pass() {
        var latch = held;
        if (latch == null) {
            return;
        }
        arrived.release();
        try {
            assertThat(latch.await(5, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException();
        }
    }

    /** Holds all work that comes from now on. */
    CountDownLatch hold() {
        var latch = new CountDownLatch(1);
        held = latch;
        return latch;
    }

    /** Waits until so many threads are held; those that come later pass. */
    void holdOnly(int threads) throws InterruptedException {
        assertThat(arrived.tryAcquire(threads, 1, TimeUnit.MINUTES)).isTrue();
        held = null;
    }
}
