package org.dlora.cluster.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlora.cluster.replicas.ReplicaCondition.State;
import org.dlora.cluster.supervision.SupervisedServer.Answer;
import org.dlora.device.DeviceLostException;
import org.dlora.device.FaultyDevice;
import org.dlora.device.MemoryUse;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Replicas of a real model throw, hang and run out of memory; clients notice nothing. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailingReplicasTest {
    private static final int REQUESTS = 12;
    private static final long PLENTY = 1 << 30;

    /** Returns the answers of requests that nothing disturbs. */
    private static List<List<GenerationEvent>> undisturbed(SupervisedServer server)
            throws InterruptedException {
        var answers = new ArrayList<List<GenerationEvent>>();
        for (int i = 0; i < REQUESTS; i++) {
            answers.add(server.ask("alone" + i, i).await());
        }
        return answers;
    }

    private static List<Answer> askAll(SupervisedServer server) {
        var answers = new ArrayList<Answer>();
        for (int i = 0; i < REQUESTS; i++) {
            answers.add(server.ask("r" + i, i));
        }
        return answers;
    }

    private static void assertAnswers(
            List<Answer> answers, List<List<GenerationEvent>> expected, String when)
            throws InterruptedException {
        for (int i = 0; i < REQUESTS; i++) {
            assertThat(answers.get(i).await()).as("r%d %s", i, when).isEqualTo(expected.get(i));
        }
    }

    @Test
    void requestsOfAHungReplicaGoOnElsewhereAndItServesAgainBesideItsOldThread()
            throws InterruptedException {
        try (var server = new SupervisedServer(PLENTY)) {
            var expected = undisturbed(server);
            long bytes = server.device.bytes();
            var gate = server.device.block("1", 5);
            var answers = askAll(server);
            gate.awaitStep();
            var hung = server.replicas.get(1);
            server.until(() -> hung.condition().state() != State.SERVING);
            assertThat(hung.condition().reason()).startsWith("a turn of its loop has lasted for");
            assertAnswers(answers, expected, "while replica 1 hangs");
            server.device.heal("1");
            server.until(hung::isServing);
            assertThat(server.ledger.taken(MemoryUse.FENCED)).isPositive();
            assertThat(server.device.bytes()).isGreaterThan(bytes);
            assertAnswers(askAll(server), expected, "after the restart");
            gate.open();
            server.until(() -> server.ledger.taken(MemoryUse.FENCED) == 0);
            assertThat(server.device.bytes()).isEqualTo(bytes);
        }
    }

    @Test
    void aHungReplicaWithoutRoomForTwoServesAgainOnceItsThreadReturns()
            throws InterruptedException {
        try (var server = new SupervisedServer(1000)) {
            var expected = undisturbed(server);
            long bytes = server.device.bytes();
            var gate = server.device.block("0", 3);
            var answers = askAll(server);
            gate.awaitStep();
            var hung = server.replicas.get(0);
            server.until(() -> !hung.isServing());
            assertAnswers(answers, expected, "while replica 0 hangs");
            server.awaitRest(1);
            for (int i = 0; i < 100; i++) {
                server.second();
            }
            assertThat(hung.condition().state()).isEqualTo(State.FENCED);
            assertThat(server.cluster.isServing()).isTrue();
            server.device.heal("0");
            gate.open();
            server.until(hung::isServing);
            assertAnswers(askAll(server), expected, "after the restart");
            assertThat(server.device.bytes()).isEqualTo(bytes);
        }
    }

    @Test
    void aReplicaWhoseStepsFailIsFencedAndItsRequestsGoOn() throws InterruptedException {
        try (var server = new SupervisedServer(PLENTY)) {
            var expected = undisturbed(server);
            var steps = new AtomicInteger();
            server.device.fault(
                    "1",
                    () -> {
                        if (steps.incrementAndGet() > 4) {
                            throw new IllegalStateException("a defect");
                        }
                    });
            for (int round = 0; server.replicas.get(1).isServing(); round++) {
                var answers = new ArrayList<Answer>();
                for (int i = 0; i < REQUESTS; i++) {
                    answers.add(server.ask("round" + round + "-" + i, i));
                }
                assertAnswers(answers, expected, "while steps of replica 1 fail");
            }
            server.until(() -> server.replicas.get(1).condition().state() != State.SERVING);
            assertThat(server.cluster.isServing()).isTrue();
            server.device.heal("1");
            server.until(server.replicas.get(1)::isServing);
            assertAnswers(askAll(server), expected, "after the restart");
        }
    }

    @Test
    void aReplicaThatLosesItsDeviceIsFencedAtOnceAndItsRequestsGoOn() throws InterruptedException {
        try (var server = new SupervisedServer(PLENTY)) {
            var expected = undisturbed(server);
            var steps = new AtomicInteger();
            server.device.fault(
                    "1",
                    () -> {
                        if (steps.incrementAndGet() > 4) {
                            throw new DeviceLostException("a planned loss");
                        }
                    });
            var answers = askAll(server);
            server.until(() -> server.replicas.get(1).condition().state() != State.SERVING);
            assertThat(steps).hasValue(5);
            assertAnswers(answers, expected, "while replica 1 has no device");
            server.device.heal("1");
            server.until(server.replicas.get(1)::isServing);
            assertAnswers(askAll(server), expected, "after the restart");
        }
    }

    @Test
    void requestsOfAStepWithoutMemoryGoOnElsewhere() throws InterruptedException {
        try (var server = new SupervisedServer(PLENTY)) {
            var expected = undisturbed(server);
            var steps = new AtomicInteger();
            server.device.fault(
                    "0",
                    () -> {
                        if (steps.incrementAndGet() == 4) {
                            throw new OutOfMemoryError("as a test has it");
                        }
                    });
            assertAnswers(askAll(server), expected, "after a step without memory");
            assertThat(steps.get()).isGreaterThanOrEqualTo(4);
            assertThat(server.replicas.get(0).condition().state()).isEqualTo(State.SERVING);
        }
    }

    @Test
    void requestsStreamThroughRestartsByHand() throws InterruptedException {
        try (var server = new SupervisedServer(PLENTY)) {
            var expected = undisturbed(server);
            long bytes = server.device.bytes();
            for (int round = 0; round < 4; round++) {
                var answers = askAll(server);
                var id = String.valueOf(round % 2);
                var done = server.cluster.restart(id);
                server.until(done::isDone);
                done.join();
                assertAnswers(answers, expected, "with replica %s restarted".formatted(id));
                for (int i = 0; i < REQUESTS; i++) {
                    answers.set(i, server.ask("r" + i, i));
                }
                assertAnswers(answers, expected, "after replica %s was restarted".formatted(id));
            }
            assertThat(server.device.bytes()).isEqualTo(bytes);
            assertThat(server.cluster.loads())
                    .allMatch(load -> load.freeBlocks() == load.totalBlocks());
            assertThat(server.metrics.get("dlora.kv.usage").tag("replica", "0").gauge().value())
                    .isZero();
        }
    }

    @Test
    void aRequestFailsWithItsOwnCodeIfNoReplicaIsLeft() throws InterruptedException {
        try (var server = new SupervisedServer(PLENTY)) {
            var gates = List.of(server.device.block("0", 2), server.device.block("1", 2));
            var answers = askAll(server);
            gates.forEach(FaultyDevice.Gate::awaitStep);
            server.until(() -> !server.cluster.isServing());
            for (var answer : answers) {
                assertThat(answer.await().getLast())
                        .isInstanceOfSatisfying(
                                Failed.class,
                                failed ->
                                        assertThat(failed.code())
                                                .isEqualTo(FailureCode.NO_REPLICA));
            }
            List.of("0", "1").forEach(server.device::heal);
            server.device.openAll();
            server.until(() -> server.replicas.stream().allMatch(SupervisedReplica::isServing));
            assertThat(server.ask("late", 1).await()).hasSizeGreaterThan(10);
        }
    }
}
