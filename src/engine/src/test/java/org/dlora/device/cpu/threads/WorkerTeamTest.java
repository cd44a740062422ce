package org.dlora.device.cpu.threads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerTeamTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void doesEveryUnitOnce(int size) {
        try (var team = new WorkerTeam("test", size)) {
            for (int units = 0; units < 30; units++) {
                var split = new AtomicIntegerArray(units);
                team.forChunks(
                        units,
                        size,
                        (_, from, to) -> {
                            for (int i = from; i < to; i++) {
                                split.incrementAndGet(i);
                            }
                        });
                var claimed = new AtomicIntegerArray(units);
                team.forUnits(units, size, (_, unit) -> claimed.incrementAndGet(unit));
                for (int i = 0; i < units; i++) {
                    assertThat(split.get(i)).isEqualTo(1);
                    assertThat(claimed.get(i)).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void givesEachWorkerItsOwnChunk() {
        try (var team = new WorkerTeam("test", 4)) {
            Set<Integer> workers = ConcurrentHashMap.newKeySet();
            var together = new CountDownLatch(4);
            team.forChunks(
                    8,
                    4,
                    (worker, from, to) -> {
                        workers.add(worker);
                        assertThat(to - from).isEqualTo(2);
                        // Ends only if four threads are in it at once.
                        together.countDown();
                        awaitUninterrupted(together);
                    });
            assertThat(workers).containsExactlyInAnyOrder(0, 1, 2, 3);
        }
    }

    @Test
    void leavesSmallWorkToTheCaller() {
        try (var team = new WorkerTeam("test", 4)) {
            Set<Thread> threads = Collections.synchronizedSet(new HashSet<>());
            team.forChunks(8, 1, (_, _, _) -> threads.add(Thread.currentThread()));
            team.forChunks(1, 4, (_, _, _) -> threads.add(Thread.currentThread()));
            assertThat(threads).containsExactly(Thread.currentThread());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void errorsOfChunksAreRethrownAndTheTeamGoesOn(int culprit) {
        try (var team = new WorkerTeam("test", 3)) {
            for (int i = 0; i < 100; i++) {
                assertThatThrownBy(() ->
                                team.forChunks(
                                        3,
                                        3,
                                        (_, chunk, _) -> {
                                            if (chunk == culprit) {
                                                throw new UnsupportedOperationException(
                                                        "chunk " + chunk);
                                            }
                                        }))
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessage("chunk " + culprit);
                var done = new AtomicIntegerArray(3);
                team.forChunks(3, 3, (_, chunk, _) -> done.incrementAndGet(chunk));
                assertThat(done).hasToString("[1, 1, 1]");
            }
        }
    }

    @Test
    void passesErrorsOn() {
        try (var team = new WorkerTeam("test", 2)) {
            assertThatThrownBy(() ->
                            team.forChunks(
                                    2,
                                    2,
                                    (_, chunk, _) -> {
                                        if (chunk == 1) {
                                            throw new AssertionError("chunk 1");
                                        }
                                    }))
                    .isInstanceOf(AssertionError.class)
                    .hasMessage("chunk 1");
        }
    }

    @Test
    void worksForAnInterruptedCallerAndLeavesTheInterruptAlone() {
        try (var team = new WorkerTeam("test", 2)) {
            Thread.currentThread().interrupt();
            var begun = new AtomicBoolean();
            var done = new AtomicIntegerArray(2);
            team.forChunks(
                    2,
                    2,
                    (_, chunk, _) -> {
                        if (chunk == 0) {
                            while (!begun.get()) {
                                Thread.onSpinWait();
                            }
                        } else {
                            begun.set(true);
                            LockSupport.parkNanos(1_000_000); // So the caller waits for it.
                        }
                        done.incrementAndGet(chunk);
                    });
            assertThat(done).hasToString("[1, 1]");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void endsItsDaemonsOnClose() {
        Set<Thread> workers = ConcurrentHashMap.newKeySet();
        var team = new WorkerTeam("test", 3);
        var together = new CountDownLatch(3);
        team.forChunks(
                3,
                3,
                (worker, _, _) -> {
                    together.countDown();
                    awaitUninterrupted(together);
                    if (worker > 0) {
                        workers.add(Thread.currentThread());
                    }
                });
        assertThat(workers).hasSize(2).allMatch(Thread::isDaemon);
        assertThat(workers)
                .extracting(Thread::getName)
                .containsExactlyInAnyOrder("test-1", "test-2");
        team.close();
        assertThat(workers).noneMatch(Thread::isAlive);
        assertThatThrownBy(() -> team.forChunks(1, 1, (_, _, _) -> {}))
                .isInstanceOf(IllegalStateException.class);
        team.close();
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Worker threads get no processor. */
    @Test
    void callerComputesChunksThatNoWorkerStarts() {
        try (var team = new WorkerTeam("test", 4, thread -> {})) {
            for (int i = 0; i < 3; i++) {
                var chunks = new AtomicIntegerArray(8);
                team.forChunks(
                        8,
                        4,
                        (worker, from, to) -> {
                            assertThat(worker).isZero();
                            assertThat(to - from).isEqualTo(2);
                            chunks.incrementAndGet(from);
                        });
                assertThat(chunks).hasToString("[1, 0, 1, 0, 1, 0, 1, 0]");
                var units = new AtomicIntegerArray(5);
                team.forUnits(5, 4, (_, unit) -> units.incrementAndGet(unit));
                assertThat(units).hasToString("[1, 1, 1, 1, 1]");
                assertThatThrownBy(() ->
                                team.forChunks(
                                        4,
                                        4,
                                        (_, chunk, _) -> {
                                            if (chunk == 3) {
                                                throw new UnsupportedOperationException("chunk 3");
                                            }
                                        }))
                        .hasMessage("chunk 3");
            }
        }
    }

    /** A worker that begins and the caller that takes its chunk back agree on whose it is. */
    @Test
    void eachChunkHasOneOwnerHoweverShort() {
        try (var team = new WorkerTeam("test", 3)) {
            var done = new AtomicIntegerArray(3);
            for (int i = 1; i <= 100_000; i++) {
                team.forChunks(3, 3, (_, chunk, _) -> done.incrementAndGet(chunk));
                assertThat(done.get(0) + done.get(1) + done.get(2)).isEqualTo(3 * i);
            }
            assertThat(done).hasToString("[100000, 100000, 100000]");
        }
    }

    /** Each unit needs the result of the same unit, and the last operation those of all. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void pipelinedOperationsOfAUnitAreDoneInTheirOrder(int size) {
        int operations = 5000;
        try (var team = new WorkerTeam("test", size)) {
            for (int units : new int[] {1, 2, 5, 64}) {
                var values = new int[units];
                int expected = 0;
                for (int i = 0; i < operations; i++) {
                    int add = i;
                    expected = 31 * expected + add;
                    team.pipeline(
                            units,
                            size,
                            (_, from, to) -> {
                                for (int unit = from; unit < to; unit++) {
                                    values[unit] = 31 * values[unit] + add;
                                }
                            });
                }
                var seen = new AtomicIntegerArray(units);
                team.forUnits(units, size, (_, unit) -> seen.set(unit, values[units - 1 - unit]));
                for (int unit = 0; unit < units; unit++) {
                    assertThat(seen.get(unit)).isEqualTo(expected);
                }
            }
        }
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void pipelinedOperationsDoNotWaitForOtherWorkersButOthersDo() {
        var go = new CountDownLatch(1);
        try (var team = new WorkerTeam("test", 2)) {
            var done = new AtomicIntegerArray(2);
            try {
                holdTheOtherWorker(team, go, done);
                team.pipeline(4, 2, (_, from, _) -> done.incrementAndGet(from / 2));
                assertThat(done).hasToString("[2, 0]");
            } finally {
                go.countDown();
            }
            // Other chunks, so they may need any result.
            team.pipeline(2, 2, (_, from, _) -> assertThat(done).hasToString("[2, 2]"));
            team.pipeline(4, 2, (_, from, _) -> done.incrementAndGet(from / 2));
            team.await();
            assertThat(done).hasToString("[3, 3]");
        }
    }

    /** Returns once worker 1 has begun its chunk, which it ends when it may go on. */
    private static void holdTheOtherWorker(
            WorkerTeam team, CountDownLatch go, AtomicIntegerArray done) {
        var begun = new CountDownLatch(1);
        team.pipeline(
                4,
                2,
                (_, from, _) -> {
                    if (from == 0) {
                        awaitUninterrupted(begun);
                    } else {
                        begun.countDown();
                        awaitUninterrupted(go);
                    }
                    done.incrementAndGet(from / 2);
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void errorsOfPipelinedChunksAreRethrownOnceAtTheEnd(int culprit) {
        try (var team = new WorkerTeam("test", 3)) {
            for (int i = 0; i < 100; i++) {
                team.pipeline(
                        3,
                        3,
                        (_, chunk, _) -> {
                            if (chunk == culprit) {
                                throw new UnsupportedOperationException("chunk " + chunk);
                            }
                        });
                assertThatThrownBy(team::await).hasMessage("chunk " + culprit);
                var done = new AtomicIntegerArray(3);
                team.pipeline(3, 3, (_, chunk, _) -> done.incrementAndGet(chunk));
                team.await();
                assertThat(done).hasToString("[1, 1, 1]");
            }
        }
    }

    /** Worker threads get no processor, and there are more operations than a queue holds. */
    @Test
    void callerComputesPipelinedChunksThatNoWorkerBegins() {
        try (var team = new WorkerTeam("test", 3, thread -> {})) {
            var order = new ArrayList<Integer>();
            for (int i = 0; i < 40; i++) {
                int operation = i;
                team.pipeline(
                        3,
                        3,
                        (worker, chunk, _) -> {
                            assertThat(worker).isZero();
                            if (chunk == 2) {
                                order.add(operation);
                            }
                        });
            }
            team.await();
            assertThat(order).hasSize(40).isSorted();
        }
    }

    /** The chunk may need results of any worker. */
    @Test
    void pipelinedOperationOfTheCallerAloneWaitsForOthers() {
        try (var team = new WorkerTeam("test", 2)) {
            var done = new AtomicIntegerArray(2);
            team.pipeline(
                    4,
                    2,
                    (_, from, _) -> {
                        if (from > 0) {
                            LockSupport.parkNanos(1_000_000);
                        }
                        done.incrementAndGet(from / 2);
                    });
            team.pipeline(4, 1, (_, _, _) -> assertThat(done).hasToString("[1, 1]"));
        }
    }

    @Test
    void nextOperationRethrowsTheFirstErrorOfAPipelinedChunk() {
        try (var team = new WorkerTeam("test", 2, thread -> {})) {
            for (int i = 1; i <= 2; i++) {
                String message = "operation " + i;
                WorkerTeam.ChunkTask fails =
                        (_, chunk, _) -> {
                            if (chunk == 1) {
                                throw new UnsupportedOperationException(message);
                            }
                        };
                team.pipeline(2, 2, fails);
            }
            assertThatThrownBy(() -> team.forUnits(2, 2, (_, _) -> {})).hasMessage("operation 1");
            team.pipeline(
                    2,
                    2,
                    (_, chunk, _) -> {
                        throw new UnsupportedOperationException("chunk " + chunk);
                    });
            var later = new AtomicBoolean();
            assertThatThrownBy(() -> team.pipeline(2, 2, (_, _, _) -> later.set(true)))
                    .hasMessage("chunk 0");
            assertThat(later).isFalse();
        }
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void dropsChunksThatNobodyHasBegunOnClose() throws InterruptedException {
        var go = new CountDownLatch(1);
        var team = new WorkerTeam("test", 2);
        var done = new AtomicIntegerArray(2);
        Thread closes;
        try {
            holdTheOtherWorker(team, go, done);
            team.pipeline(4, 2, (_, from, _) -> done.incrementAndGet(from / 2));
            closes = Thread.startVirtualThread(team::close);
            // The closing thread has then asked worker 1 to end.
            while (closes.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
        } finally {
            go.countDown();
        }
        closes.join();
        team.await();
        assertThat(done).hasToString("[2, 1]");
    }

    @Test
    void refusesOperationsOnceItIsClosed() {
        var team = new WorkerTeam("test", 2);
        team.close();
        assertThatThrownBy(() -> team.pipeline(2, 2, (_, _, _) -> {}))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> team.forUnits(2, 2, (_, _) -> {}))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void leavesNoThreadWhereNotAllCanBeStarted() {
        var started = new ArrayList<Thread>();
        assertThatThrownBy(() ->
                        new WorkerTeam(
                                "test",
                                4,
                                thread -> {
                                    if (started.size() == 2) {
                                        throw new OutOfMemoryError("no more threads");
                                    }
                                    thread.start();
                                    started.add(thread);
                                }))
                .isInstanceOf(OutOfMemoryError.class);
        assertThat(started).hasSize(2).noneMatch(Thread::isAlive);
    }
}
