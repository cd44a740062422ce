package org.dlora.device.cpu.threads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
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
    void throwsWhatAWorkerThrewAndGoesOn(int culprit) {
        try (var team = new WorkerTeam("test", 3)) {
            for (int i = 0; i < 100; i++) {
                assertThatThrownBy(() ->
                                team.forChunks(
                                        3,
                                        3,
                                        (worker, _, _) -> {
                                            if (worker == culprit) {
                                                throw new UnsupportedOperationException(
                                                        "worker " + worker);
                                            }
                                        }))
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessage("worker " + culprit);
                var done = new AtomicIntegerArray(3);
                team.forChunks(3, 3, (worker, _, _) -> done.incrementAndGet(worker));
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
                                    (worker, _, _) -> {
                                        if (worker == 1) {
                                            throw new AssertionError("worker");
                                        }
                                    }))
                    .isInstanceOf(AssertionError.class)
                    .hasMessage("worker");
        }
    }

    @Test
    void worksForAnInterruptedCallerAndLeavesTheInterruptAlone() {
        try (var team = new WorkerTeam("test", 2)) {
            Thread.currentThread().interrupt();
            var done = new AtomicIntegerArray(2);
            team.forChunks(2, 2, (worker, _, _) -> done.incrementAndGet(worker));
            assertThat(done).hasToString("[1, 1]");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void endsItsDaemonsOnClose() {
        Set<Thread> workers = ConcurrentHashMap.newKeySet();
        var team = new WorkerTeam("test", 3);
        team.forChunks(
                3,
                3,
                (worker, _, _) -> {
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
