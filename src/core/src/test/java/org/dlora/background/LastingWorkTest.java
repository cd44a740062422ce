package org.dlora.background;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LastingWorkTest {
    private static final long SECOND = 1_000_000_000;

    private final AtomicLong now = new AtomicLong(-5 * SECOND);
    private final List<String> ends = new ArrayList<>();
    private final FailureLimit limit = new FailureLimit("work", now::get, ends::add);

    @Test
    void aLoopBeginsAnewUntilItReturns() {
        var turns = new AtomicInteger();
        var pauses = new AtomicInteger();
        Runnable loop =
                () -> {
                    switch (turns.incrementAndGet()) {
                        case 1 -> throw new OutOfMemoryError("none");
                        case 2 -> throw new IllegalStateException("a defect");
                        default -> {}
                    }
                };
        LastingWork.lasting(loop, limit, pauses::incrementAndGet).run();
        assertThat(turns).hasValue(3);
        assertThat(pauses).hasValue(2);
        assertThat(ends).isEmpty();
    }

    @Test
    void aPauseWithoutMemoryEndsNoLoop() {
        var turns = new AtomicInteger();
        Runnable loop =
                () -> {
                    if (turns.incrementAndGet() < 3) {
                        throw new OutOfMemoryError();
                    }
                };
        Runnable pause =
                () -> {
                    throw new OutOfMemoryError();
                };
        LastingWork.lasting(loop, limit, pause).run();
        assertThat(turns).hasValue(3);
    }

    @Test
    void theThreadGoesOnAfterAnError() throws Exception {
        var first = new CountDownLatch(1);
        var thread =
                LastingWork.thread(
                        "lasting",
                        () -> {
                            if (first.getCount() > 0) {
                                first.countDown();
                                throw new StackOverflowError();
                            }
                        });
        assertThat(thread.isDaemon()).isTrue();
        thread.start();
        first.await();
        thread.interrupt(); // So it does not pause.
        thread.join();
    }

    @Test
    void allStepsRunWhateverEarlierOnesThrow() {
        var steps = new ArrayList<Integer>();
        LastingWork.each(
                        "steps",
                        () -> steps.add(1),
                        () -> {
                            throw new OutOfMemoryError();
                        },
                        () -> steps.add(3))
                .run();
        assertThat(steps).containsExactly(1, 3);
    }

    @Test
    void wantOfMemoryInTenSecondsOfAMinuteEndsTheProcess() {
        fail(9, 6 * SECOND);
        assertThat(ends).isEmpty();
        fail(1, 0);
        assertThat(ends).singleElement().asString().contains("work").contains("again and again");
    }

    @Test
    void failuresFarApartEndNothing() {
        fail(100, 7 * SECOND);
        assertThat(ends).isEmpty();
    }

    @Test
    void failuresAtOnceCountAsOne() {
        fail(1000, SECOND / 200);
        assertThat(ends).isEmpty();
    }

    @Test
    void defectsEndNothing() {
        for (int i = 0; i < 100; i++) {
            limit.failed(new IllegalStateException());
            limit.failed(new AssertionError());
            now.addAndGet(SECOND);
        }
        assertThat(ends).isEmpty();
    }

    private void fail(int times, long apart) {
        for (int i = 0; i < times; i++) {
            limit.failed(new OutOfMemoryError());
            now.addAndGet(apart);
        }
    }
}
