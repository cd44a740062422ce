package org.dlora.api.pools;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class WorkPoolTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final String NO_THREAD = "unable to create native thread";

    private final WorkPool pool = new WorkPool("bodies", new PoolSettings(2, 8), true);

    @AfterEach
    void close() {
        pool.close();
    }

    @Test
    void aKeyThatFillsItsShareLeavesAThreadAndTheQueueToOthers() {
        var held = new HeldPool(pool).fill("greedy");
        assertThat(held.refusals.peek()).contains("whole share", "dlora.http.pools.bodies");
        assertThat(pool.isRefusing()).isTrue();
        assertThat(HeldPool.as("other", pool.run(() -> "done")).block(PATIENCE)).isEqualTo("done");
        held.release();
        // Behind all of the held work.
        assertThat(HeldPool.as("greedy", pool.run(() -> "done").retry()).block(PATIENCE))
                .isEqualTo("done");
    }

    @Test
    void keysTakeTurns() throws Exception {
        var order = new LinkedBlockingQueue<String>();
        var latch = new CountDownLatch(1);
        try (var single = new WorkPool("store", new PoolSettings(1, 8), false)) {
            var _ =
                    HeldPool.as("a", single.run(() -> latch.await(1, TimeUnit.MINUTES)))
                            .subscribe();
            for (var key : List.of("a", "a", "b")) {
                var _ = HeldPool.as(key, single.run(() -> order.add(key))).subscribe();
            }
            latch.countDown();
            assertThat(List.of(take(order), take(order), take(order)))
                    .containsExactly("a", "b", "a");
        }
    }

    private static String take(LinkedBlockingQueue<String> order) throws InterruptedException {
        return String.valueOf(order.poll(30, TimeUnit.SECONDS));
    }

    @Test
    void workWhoseClientLeavesIsInterruptedOrNeverBegun() throws Exception {
        var began = new CountDownLatch(1);
        var interrupted = new CountDownLatch(1);
        var running =
                HeldPool.as(
                                "a",
                                pool.run(() -> {
                                    began.countDown();
                                    try {
                                        return new CountDownLatch(1).await(1, TimeUnit.MINUTES);
                                    } catch (InterruptedException e) {
                                        interrupted.countDown();
                                        throw e;
                                    }
                                }))
                        .subscribe();
        assertThat(began.await(30, TimeUnit.SECONDS)).isTrue();
        var order = new LinkedBlockingQueue<String>();
        var waiting = HeldPool.as("a", pool.run(() -> order.add("dropped"))).subscribe();
        waiting.dispose();
        var _ = HeldPool.as("a", pool.run(() -> order.add("last"))).subscribe();
        running.dispose();
        assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(take(order)).isEqualTo("last");
    }

    @Test
    void theWholeQueueIsBoundedWhereCallersAreNotToldApart() {
        var latch = new CountDownLatch(1);
        var refusals = new LinkedBlockingQueue<Throwable>();
        for (int i = 0; i < 11; i++) {
            var _ =
                    pool.run(() -> latch.await(1, TimeUnit.MINUTES))
                            .subscribe(_ -> {}, refusals::add);
        }
        latch.countDown();
        assertThat(refusals)
                .singleElement()
                .isInstanceOfSatisfying(
                        PoolRefusedException.class, e -> assertThat(e.isShare()).isFalse());
    }

    @Test
    void workThatGetsNoThreadIsAnsweredAndHoldsNoPlace() {
        try (var single = poolWithout(1, new PoolSettings(1, 8))) {
            assertThat(end(single.run(() -> "lost"))).isEqualTo(NO_THREAD);
            assertThat(end(single.run(() -> "done"))).isEqualTo("done");
        }
    }

    @Test
    void waitingWorkThatGetsNoThreadIsAnsweredAndTheNextBegins() throws Exception {
        try (var pair = poolWithout(2, new PoolSettings(2, 8))) {
            var latch = new CountDownLatch(1);
            var ends = new LinkedBlockingQueue<String>();
            var _ = HeldPool.as("a", pair.run(() -> latch.await(1, TimeUnit.MINUTES))).subscribe();
            for (int i = 0; i < 2; i++) {
                var _ =
                        HeldPool.as("a", pair.run(() -> "done"))
                                .subscribe(
                                        ends::add, e -> ends.add(String.valueOf(e.getMessage())));
            }
            latch.countDown();
            assertThat(List.of(take(ends), take(ends)))
                    .containsExactlyInAnyOrder(NO_THREAD, "done");
            assertThat(end(pair.run(() -> "done"))).isEqualTo("done");
        }
    }

    /** Returns a pool whose nth thread cannot be made, at its first try. */
    private static WorkPool poolWithout(int nth, PoolSettings settings) {
        var made = new AtomicInteger();
        return new WorkPool(
                "store",
                settings,
                false,
                work -> {
                    if (made.incrementAndGet() == nth) {
                        throw new OutOfMemoryError(NO_THREAD);
                    }
                    return Thread.ofPlatform().daemon().unstarted(work);
                });
    }

    /** Returns the result, or an error's message. */
    private static String end(Mono<String> work) {
        return String.valueOf(
                HeldPool.as("a", work)
                        .onErrorResume(e -> Mono.just(String.valueOf(e.getMessage())))
                        .block(PATIENCE));
    }
}
