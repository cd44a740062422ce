package org.dlora.cluster.supervision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dlora.cluster.replicas.ReplicaCondition.State;
import org.dlora.device.MemoryUse;
import org.dlora.engine.Heartbeat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests of the supervision of replicas that fail, in scripted time. */
class ReplicaSupervisorTest {
    private final SupervisedScript script = new SupervisedScript();
    private final SupervisedReplica replica = script.replica;
    private final CountDownLatch hangs = new CountDownLatch(1);

    @AfterEach
    void close() {
        hangs.countDown();
        script.close();
        assertThat(script.ledger.taken()).isZero();
        assertThat(replica.condition().state()).isEqualTo(State.CLOSED);
    }

    private double count(String name, String label, String value) {
        return script.metrics.get(name).tag(label, value).counter().count();
    }

    @Test
    void aWarmUpThatHangsIsFencedAndAnotherBegins() throws InterruptedException {
        var isWarmingUp = new CountDownLatch(1);
        script.duringWarmUp =
                () -> {
                    isWarmingUp.countDown();
                    uninterruptibly(hangs);
                };
        assertThat(replica.load("ant", script.weights)).isCompleted();
        script.last().serving = false;
        script.pass(0.1);
        script.runThreads();
        script.pass(1.1);
        var attempt = Thread.ofPlatform().start(script.threads.removeFirst());
        isWarmingUp.await();
        script.duringWarmUp = () -> {};
        var hung = script.last();
        script.pass(299);
        assertThat(replica.condition().state()).isEqualTo(State.RESTARTING);

        script.pass(2);

        assertThat(replica.condition().reason())
                .startsWith(
                        "attempt 2 to begin anew, after: its attempt to begin anew has lasted for"
                                + " 300.");
        assertThat(count("dlora.replica.fenced", "cause", "hung")).isEqualTo(1);
        assertThat(count("dlora.replica.restarts", "outcome", "failed")).isEqualTo(1);
        var evicted = replica.evict("ant");
        script.pass(3);
        assertThat(script.ledger.taken(MemoryUse.FENCED)).isEqualTo(100);
        script.runThreads();
        script.pass(0.1);
        assertThat(replica.isServing()).isTrue();
        assertThat(script.last()).isNotSameAs(hung);
        assertThat(evicted).as("the hung thread may read the weights").isNotDone();

        hangs.countDown();
        attempt.join();

        assertThat(evicted).isCompleted();
        assertThat(hung.messages).last().isEqualTo("close");
        assertThat(script.ledger.taken(MemoryUse.FENCED)).isZero();
        assertThat(replica.isServing()).isTrue();
        script.pass(5);
        assertThat(replica.isServing()).isTrue();
    }

    private static void uninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aReplicaThatHasEndedIsFencedAndServesAgainAfterASecond() {
        script.pass(5);
        assertThat(replica.isServing()).isTrue();
        script.last().serving = false;
        assertThat(replica.isServing()).isFalse();
        script.pass(0.1);
        assertThat(replica.condition())
                .satisfies(fenced -> {
                    assertThat(fenced.replica()).isEqualTo("7");
                    assertThat(fenced.state()).isEqualTo(State.FENCED);
                    assertThat(fenced.reason()).contains("its thread has ended");
                    assertThat(fenced.since())
                            .isBetween(Instant.ofEpochMilli(5000), Instant.ofEpochMilli(5200));
                });
        script.runThreads();
        assertThat(script.told)
                .containsExactly(
                        "lost while FENCED: Replica 7 has failed: its thread has ended; the log"
                                + " says why");
        script.pass(0.8);
        assertThat(replica.condition().state()).isEqualTo(State.RESTARTING);
        assertThat(replica.condition().reason())
                .startsWith("attempt 1 to begin anew, after: its thread has ended");
        assertThat(script.threads).isEmpty();
        script.pass(0.3);
        script.runThreads();
        script.pass(0.1);
        assertThat(replica.isServing()).isTrue();
        assertThat(replica.condition().reason()).isEmpty();
        assertThat(script.incarnations).hasSize(2);
        assertThat(script.incarnations.getFirst().messages).last().isEqualTo("close");
        assertThat(script.last().messages).containsExactly("start unmerged", "warm up");
        assertThat(script.told).last().isEqualTo("restarted while SERVING");
        assertThat(count("dlora.replica.fenced", "cause", "ended")).isEqualTo(1);
        assertThat(count("dlora.replica.restarts", "outcome", "done")).isEqualTo(1);
        assertThat(script.metrics.get("dlora.replica.serving").gauge().value()).isEqualTo(1);
    }

    @Test
    void aSlowReplicaIsNotFencedUntilItHasHadItsTime() {
        script.last().heartbeat = new Heartbeat(5, Double.NaN, false);
        compute(290, 0.1);
        assertThat(replica.isServing()).isTrue();
        compute(20, 0.1);
        assertThat(replica.condition().state()).isEqualTo(State.FENCED);
        script.rescue();
    }

    @Test
    void theLastReplicaThatServesIsNotFencedForBeingSlow() {
        script.isLast = true;
        script.last().heartbeat = new Heartbeat(5, Double.NaN, false);
        compute(2000, 0.25);
        assertThat(replica.isServing()).isTrue();
        assertThat(count("dlora.replica.fenced", "cause", "hung")).isZero();
        script.pass(11);
        assertThat(replica.condition().state()).as("it waits for ever").isEqualTo(State.FENCED);
        script.rescue();
    }

    /** Lets the last incarnation's thread use a part of a processor for some seconds. */
    private void compute(double seconds, double part) {
        var incarnation = script.last();
        double before =
                Double.isNaN(incarnation.processorSeconds) ? 0 : incarnation.processorSeconds;
        for (int i = 0; i < seconds; i++) {
            incarnation.processorSeconds = before + part * i;
            script.pass(1);
        }
    }

    @Test
    void aFencedReplicaTakesNoRequests() {
        script.hang();
        assertThat(replica.condition().reason()).contains("a turn of its loop has lasted for 30.");
        assertThat(replica.isServing()).isFalse();
        assertThat(replica.load().freeBlocks()).isZero();
        assertThat(replica.load().running()).isZero();
        assertThat(replica.has("r")).isFalse();
        replica.cancel("r");
        assertThatIllegalStateException()
                .isThrownBy(() -> replica.submit(SupervisedModel.TINY.request("r", 3, 5), _ -> {}))
                .withMessageStartingWith("Replica 7 takes no requests: a turn of its loop");
        assertThat(script.last().messages).containsExactly("start unmerged");
        assertThat(count("dlora.replica.fenced", "cause", "hung")).isEqualTo(1);
    }

    @Test
    void theNextIncarnationBeginsBesideAHungOneIfThereIsRoomForBoth() {
        script.hang();
        script.pass(2);
        assertThat(script.ledger.taken(MemoryUse.FENCED)).isEqualTo(100);
        var hung = script.threads.removeFirst();
        script.runThreads();
        assertThat(replica.isServing()).isTrue();
        script.pass(10);
        assertThat(script.ledger.taken(MemoryUse.FENCED)).isEqualTo(100);
        hung.run();
        assertThat(script.ledger.taken(MemoryUse.FENCED)).isZero();
    }

    @Test
    void theNextIncarnationWaitsForTheThreadIfThereIsNoRoom() {
        try (var others = script.ledger.reserve(MemoryUse.ADAPTERS, 950)) {
            script.hang();
            script.pass(500);
            assertThat(replica.condition().state()).isEqualTo(State.FENCED);
            script.runThreads();
            script.pass(0.1);
            script.runThreads();
            assertThat(replica.isServing()).isTrue();
            assertThat(others.bytes()).isEqualTo(950);
        }
    }

    @Test
    void pausesBetweenAttemptsDouble() {
        for (int i = 0; i < 8; i++) {
            script.problems.add(new IllegalStateException("no memory"));
        }
        script.last().serving = false;
        script.pass(0.1);
        for (int i = 0; i < 2500; i++) {
            script.runThreads();
            script.pass(0.1);
        }
        assertThat(script.told.stream().filter(line -> line.endsWith("no memory")))
                .hasSize(8)
                .first()
                .asString()
                .startsWith("1.");
        var times =
                script.told.stream()
                        .filter(line -> line.endsWith("no memory"))
                        .mapToDouble(
                                line -> Double.parseDouble(line.substring(0, line.indexOf(":"))))
                        .toArray();
        double[] pauses = {2, 4, 8, 16, 32, 60, 60};
        for (int i = 0; i < pauses.length; i++) {
            assertThat(times[i + 1] - times[i]).isBetween(pauses[i], pauses[i] + 0.5);
        }
        assertThat(replica.isServing()).isTrue();
        assertThat(count("dlora.replica.restarts", "outcome", "failed")).isEqualTo(8);
    }

    @Test
    void pausesBeginAgainAfterTenMinutesOfHealth() {
        script.endAndRestart();
        script.endAndRestart();
        script.last().serving = false;
        script.pass(0.1);
        script.runThreads();
        script.pass(3.5);
        assertThat(script.threads).as("after 4 s only").isEmpty();
        script.pass(1);
        script.runThreads();
        script.pass(601);
        script.last().serving = false;
        script.pass(0.1);
        script.runThreads();
        script.pass(1.1);
        assertThat(script.threads).hasSize(1);
    }

    @Test
    void aRestartByHandRescuesRequestsFirstAndHasNoPause() {
        script.pass(1);
        var done = replica.restart();
        var impatient = replica.restart();
        impatient.cancel(true);
        script.pass(0.1);
        assertThat(replica.isServing()).isFalse();
        script.runThreads();
        assertThat(script.told)
                .containsExactly(
                        "lost while FENCED: Replica 7 has failed: a restart was asked for");
        assertThat(done).isNotDone();
        script.pass(0.1);
        script.runThreads();
        script.pass(0.1);
        assertThat(done).isCompleted();
        assertThat(replica.isServing()).isTrue();
        assertThat(count("dlora.replica.fenced", "cause", "asked")).isEqualTo(1);
    }

    @Test
    void aRestartByHandThatCannotBeginIsAnsweredAndBeginsLater() {
        try (var others = script.ledger.reserve(MemoryUse.ADAPTERS, 950)) {
            script.hang();
            var done = replica.restart();
            script.pass(29);
            assertThat(done).isNotDone();
            script.pass(2);
            assertThat(done)
                    .failsWithin(java.time.Duration.ZERO)
                    .withThrowableThat()
                    .withMessageContaining("it is fenced, because a turn of its loop has lasted")
                    .withMessageContaining("could not begin anew within 30 s");
            var again = replica.restart();
            script.pass(29);
            assertThat(again).isNotDone();
            script.runThreads();
            script.pass(0.1);
            script.runThreads();
            script.pass(0.1);
            assertThat(again).isCompleted();
            assertThat(replica.isServing()).isTrue();
            assertThat(others.bytes()).isEqualTo(950);
        }
    }

    @Test
    void aRestartByHandEndsWithTheServerThoughAThreadHangs() {
        var done = replica.restart();
        var isAnswered = new AtomicBoolean();
        script.last().duringClose = () -> isAnswered.set(done.isCompletedExceptionally());
        replica.close();
        assertThat(isAnswered).isTrue();
    }

    @Test
    void aRestartByHandThatFailsSaysSoAndIsTriedAgain() {
        script.problems.add(new IllegalStateException("no memory"));
        var done = replica.restart();
        script.pass(0.1);
        script.runThreads();
        script.pass(0.1);
        script.runThreads();
        script.pass(0.1);
        assertThat(done)
                .isCompletedExceptionally()
                .failsWithin(java.time.Duration.ZERO)
                .withThrowableThat()
                .withMessageContaining("no memory");
        script.pass(5);
        script.runThreads();
        assertThat(replica.isServing()).isTrue();
    }

    @Test
    void aClosedReplicaStaysClosed() {
        replica.close();
        script.pass(5);
        assertThat(replica.restart()).isCompletedExceptionally();
        assertThat(script.incarnations).hasSize(1);
        assertThat(replica.isServing()).isFalse();
    }
}
