package org.dlora.cluster.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Adapters and settings outlive the incarnation that got them. */
class StandingOrdersTest {
    private final SupervisedScript script = new SupervisedScript();
    private final SupervisedReplica replica = script.replica;

    @AfterEach
    void close() {
        script.close();
    }

    @Test
    void loadedAdaptersAreLoadedBeforeTheNextIncarnationIsWarmedUp() {
        assertThat(replica.load("ant", script.weights)).isCompleted();
        assertThat(replica.load("bee", script.weights)).isCompleted();
        assertThat(replica.evict("ant")).isCompleted();
        script.endAndRestart();
        assertThat(script.last().messages).containsExactly("start unmerged", "load bee", "warm up");
    }

    @Test
    void ordersToAReplicaThatIsDownAreRememberedAndCompleteAtOnce() {
        assertThat(replica.load("ant", script.weights)).isCompleted();
        script.last().serving = false;
        script.pass(0.1);
        script.runThreads();
        assertThat(replica.load("bee", script.weights)).isCompleted();
        assertThat(replica.unload("ant")).isCompleted();
        var merged = new SchedulingSettings(PolicySettings.of(PolicyKind.MERGED), SloLimits.NONE);
        assertThat(replica.schedule(merged)).isCompleted();
        script.pass(2);
        script.runThreads();
        assertThat(script.last().messages)
                .containsExactly("start merged", "load bee", "unload ant", "warm up");
    }

    @Test
    void settingsThatChangeWhileTheNextIncarnationIsStartedReachIt() {
        var merged = new SchedulingSettings(PolicySettings.of(PolicyKind.MERGED), SloLimits.NONE);
        script.duringStart = () -> assertThat(replica.schedule(merged)).isCompleted();
        script.endAndRestart();
        assertThat(replica.isServing()).isTrue();
        assertThat(script.last().messages)
                .containsExactly("start unmerged", "schedule merged", "warm up");
    }

    @Test
    void anEvictionWaitsForTheThreadOfAHungIncarnation() {
        replica.load("ant", script.weights).join();
        script.hang();
        var evicted = replica.evict("ant");
        script.pass(2);
        var hung = script.threads.removeFirst();
        script.runThreads();
        assertThat(replica.isServing()).isTrue();
        assertThat(script.last().messages).doesNotContain("load ant");
        assertThat(evicted).isNotDone();
        hung.run();
        assertThat(evicted).isCompleted();
        assertThat(replica.evict("bee")).isCompleted();
    }

    @Test
    void onlyAdaptersOfAHungIncarnationWaitForItsThread() {
        replica.load("ant", script.weights).join();
        replica.load("bee", script.weights).join();
        script.last().answers = new CompletableFuture<>();
        var leaving = replica.evict("bee");
        script.hang();
        script.pass(2);
        var hung = script.threads.removeFirst();
        script.runThreads();
        replica.load("cat", script.weights).join();
        assertThat(replica.evict("cat")).isCompleted();
        assertThat(replica.isReadByFailed("ant")).isTrue();
        assertThat(replica.isReadByFailed("bee")).as("its eviction has not ended").isTrue();
        assertThat(replica.isReadByFailed("cat")).isFalse();
        assertThat(leaving).isNotDone();
        hung.run();
        assertThat(replica.isReadByFailed("ant")).isFalse();
        assertThat(replica.isReadByFailed("bee")).isFalse();
    }

    /** The watchdog may fence a replica while a call is on its way into it. */
    @Test
    void aFailureDuringACallAnswersTheCall() {
        script.last().answers = new CompletableFuture<>();
        script.last().duringCalls = script::hang;
        assertThat(replica.load("ant", script.weights)).isCompleted();
    }

    @Test
    void aHungIncarnationHoldsNoLoadUp() {
        script.last().answers = new CompletableFuture<>();
        var loaded = replica.load("ant", script.weights);
        var scheduled = replica.schedule(SchedulingSettings.DEFAULT);
        assertThat(loaded).isNotDone();
        script.hang();
        assertThat(loaded).isCompleted();
        assertThat(scheduled).isCompleted();
    }

    @Test
    void aRefusedLoadIsNotRemembered() {
        script.last().answers = CompletableFuture.failedFuture(new IllegalStateException("no"));
        assertThat(replica.load("ant", script.weights)).isCompletedExceptionally();
        script.last().answers = CompletableFuture.completedFuture(null);
        script.endAndRestart();
        assertThat(script.last().messages).containsExactly("start unmerged", "warm up");
    }
}
