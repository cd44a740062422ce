package org.dlora.device.cpu;

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

class TeamTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void doesEveryUnitOnce(int size) {
        try (var team = new Team("test", size)) {
            for (int units = 0; units < 30; units++) {
                var split = new AtomicIntegerArray(units);
                team.split(
                        units,
                        size,
                        (_, from, to) -> {
                            for (int i = from; i < to; i++) {
                                split.incrementAndGet(i);
                            }
                        });
                var claimed = new AtomicIntegerArray(units);
                team.claim(units, size, (_, unit) -> claimed.incrementAndGet(unit));
                for (int i = 0; i < units; i++) {
                    assertThat(split.get(i)).isEqualTo(1);
                    assertThat(claimed.get(i)).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void givesEachMemberItsOwnShare() {
        try (var team = new Team("test", 4)) {
            Set<Integer> members = ConcurrentHashMap.newKeySet();
            var together = new CountDownLatch(4);
            team.split(
                    8,
                    4,
                    (member, from, to) -> {
                        members.add(member);
                        assertThat(to - from).isEqualTo(2);
                        // Ends only if four threads are in it at once.
                        together.countDown();
                        awaitUninterrupted(together);
                    });
            assertThat(members).containsExactlyInAnyOrder(0, 1, 2, 3);
        }
    }

    @Test
    void leavesSmallWorkToTheCaller() {
        try (var team = new Team("test", 4)) {
            Set<Thread> threads = Collections.synchronizedSet(new HashSet<>());
            team.split(8, 1, (_, _, _) -> threads.add(Thread.currentThread()));
            team.split(1, 4, (_, _, _) -> threads.add(Thread.currentThread()));
            assertThat(threads).containsExactly(Thread.currentThread());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void throwsWhatAMemberThrewAndGoesOn(int culprit) {
        try (var team = new Team("test", 3)) {
            for (int i = 0; i < 100; i++) {
                assertThatThrownBy(() ->
                                team.split(
                                        3,
                                        3,
                                        (member, _, _) -> {
                                            if (member == culprit) {
                                                throw new UnsupportedOperationException(
                                                        "member " + member);
                                            }
                                        }))
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessage("member " + culprit);
                var done = new AtomicIntegerArray(3);
                team.split(3, 3, (member, _, _) -> done.incrementAndGet(member));
                assertThat(done).hasToString("[1, 1, 1]");
            }
        }
    }

    @Test
    void passesErrorsOn() {
        try (var team = new Team("test", 2)) {
            assertThatThrownBy(() ->
                            team.split(
                                    2,
                                    2,
                                    (member, _, _) -> {
                                        if (member == 1) {
                                            throw new AssertionError("worker");
                                        }
                                    }))
                    .isInstanceOf(AssertionError.class)
                    .hasMessage("worker");
        }
    }

    @Test
    void worksForAnInterruptedCallerAndLeavesTheInterruptAlone() {
        try (var team = new Team("test", 2)) {
            Thread.currentThread().interrupt();
            var done = new AtomicIntegerArray(2);
            team.split(2, 2, (member, _, _) -> done.incrementAndGet(member));
            assertThat(done).hasToString("[1, 1]");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void endsItsDaemonsOnClose() {
        Set<Thread> workers = ConcurrentHashMap.newKeySet();
        var team = new Team("test", 3);
        team.split(
                3,
                3,
                (member, _, _) -> {
                    if (member > 0) {
                        workers.add(Thread.currentThread());
                    }
                });
        assertThat(workers).hasSize(2).allMatch(Thread::isDaemon);
        assertThat(workers)
                .extracting(Thread::getName)
                .containsExactlyInAnyOrder("test-1", "test-2");
        team.close();
        assertThat(workers).noneMatch(Thread::isAlive);
        assertThatThrownBy(() -> team.split(1, 1, (_, _, _) -> {}))
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
                        new Team(
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
