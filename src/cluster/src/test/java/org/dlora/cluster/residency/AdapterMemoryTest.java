package org.dlora.cluster.residency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.adapter.weights.UploadPace;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemorySize;
import org.dlora.device.MemoryUse;
import org.dlora.replica.Ends;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.scheduling.dispatch.AdapterPresence;
import org.dlora.scheduling.residency.AdapterStanding;
import org.dlora.scheduling.residency.CostAwareResidency;
import org.dlora.scheduling.residency.Residence;
import org.dlora.scheduling.residency.ResidencyPlan;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests of loads and evictions that requests and administrators ask for. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AdapterMemoryTest {
    private static final long SMALL = ScriptedMemory.bytes(ScriptedMemory.SMALL);
    private static final long LARGE = ScriptedMemory.bytes(ScriptedMemory.LARGE);

    @Test
    void requestOfAResidentAdapterGoesToTheLeastLoadedReplicaAtOnce() {
        try (var server = new ScriptedMemory(new MemoryLedger(SMALL), "0", "1")) {
            server.register("a", ScriptedMemory.SMALL);
            server.makeResident("a");
            List.of("r1", "r2", "r3").forEach(id -> server.ask(id, "a"));
            assertThat(server.replica().unfinished()).containsExactly("r1", "r3");
            assertThat(server.replicas.getLast().unfinished()).containsExactly("r2");
            assertThat(server.status("a").running()).isEqualTo(3);
            assertThat(requests(server, "hit")).isEqualTo(3);
            assertThat(requests(server, "miss")).isZero();
            assertThat(server.memory.waiting()).isZero();
            server.pass(7);
            server.replica().end("r1");
            server.pass(2);
            assertThat(server.status("a").running()).isEqualTo(2);
            assertThat(server.status("a").lastUsed()).isEqualTo(Instant.ofEpochSecond(7));
        }
    }

    @Test
    void requestThatWaitsIsAMissAndItsWaitIsMeasured() {
        try (var server = new ScriptedMemory(new MemoryLedger(SMALL), "0")) {
            var adapter = server.register("a", ScriptedMemory.SMALL);
            assertThat(server.status("a"))
                    .isEqualTo(
                            new AdapterStatus(
                                    "a",
                                    "a",
                                    Residence.ABSENT,
                                    SMALL,
                                    false,
                                    0,
                                    0,
                                    null,
                                    0,
                                    0,
                                    Double.NaN,
                                    false,
                                    Map.of()));
            server.ask("first", "a");
            server.pass(3);
            server.ask("second", "a");
            assertThat(server.memory.waiting()).isEqualTo(2);
            assertThat(server.memory.has("first")).isTrue();
            adapter.gate(() -> server.pass(2));
            server.policy(ScriptedMemory.loading("a"));
            await().until(() -> server.memory.waiting() == 0);
            assertThat(requests(server, "miss")).isEqualTo(2);
            var waits = server.registry.get("dlora.adapter.wait").timer();
            assertThat(waits.count()).isEqualTo(2);
            assertThat(waits.totalTime(TimeUnit.SECONDS)).isEqualTo(5 + 2);
            assertThat(server.status("a").loadSeconds()).isEqualTo(2);
            assertThat(server.status("a").lastUsed()).isEqualTo(Instant.ofEpochSecond(3));
            assertThat(server.memory.bytes()).isEqualTo(SMALL);
        }
    }

    @Test
    void requestsThatCanNeverBeServedAreRefusedBeforeTheyWait() {
        try (var server = new ScriptedMemory(new MemoryLedger(SMALL), "0")) {
            server.register("a", ScriptedMemory.SMALL);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> server.ask("r", "unknown"))
                    .withMessage("Adapter unknown is not known");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> server.submit(ScriptedMemory.request("r", "a", 0), _ -> {}))
                    .withMessage("The prompt has no tokens");
            server.replica().close();
            assertThat(server.memory.isServing()).isFalse();
            assertThatIllegalStateException()
                    .isThrownBy(() -> server.ask("r", "a"))
                    .withMessageStartingWith("No replica is serving");
            assertThat(server.memory.waiting()).isZero();
            assertThat(requests(server, "miss")).isZero();
            assertThatIllegalStateException()
                    .isThrownBy(() -> server.register("a", ScriptedMemory.SMALL));
        }
    }

    @Test
    void cancelledRequestEndsWithoutATokenAndItsAdapterNeedNotBeLoaded() throws Exception {
        try (var server = new ScriptedMemory(new MemoryLedger(SMALL), "0")) {
            var adapter = server.register("a", ScriptedMemory.SMALL);
            server.register("other", ScriptedMemory.SMALL);
            server.makeResident("other");
            var answer = server.ask("r", "a");
            assertThat(server.memory.cancel("other")).isFalse();
            assertThat(server.memory.cancel("r")).isTrue();
            assertThat(answer.next())
                    .isEqualTo(Ends.finished(FinishReason.CANCELLED, "", null, 1, 0, 0));
            assertThat(server.memory.waiting()).isZero();
            server.policy(ScriptedMemory.loading("a"));
            server.memory.makeResident("other").join();
            assertThat(server.status("a").waiting()).isZero();
            assertThat(adapter.uploads()).isZero();
        }
    }

    @Test
    void prefetchesWaitBehindRequestsAndAreReplacedByTheNextCall() {
        try (var server = new ScriptedMemory(new MemoryLedger(SMALL), "0")) {
            for (var id : List.of("a", "b", "c")) {
                server.register(id, ScriptedMemory.SMALL);
            }
            server.memory.prefetch(List.of("a", "b", "gone"));
            server.awaitPlan();
            server.memory.prefetch(List.of("b"));
            server.pass(60);
            server.ask("r", "c");
            server.awaitPlanOf(() -> server.memory.prefetch(List.of("b")));
            var standings = server.snapshots().getLast().adapters();
            assertThat(standings)
                    .extracting(AdapterStanding::id, AdapterStanding::oldestWaiting)
                    .containsExactlyInAnyOrder(
                            tuple("b", Double.POSITIVE_INFINITY), tuple("c", 60.0));
            assertThat(server.status("b").waiting()).isZero();
            assertThat(server.memory.waitingAdapters()).containsExactly("c");
            server.policy(new CostAwareResidency());
            await().until(() -> server.replica().has("r"));
            assertThat(server.residence("b")).isEqualTo(Residence.ABSENT);
            server.replica().end("r");
            server.pass(60);
            server.awaitResidence("b", Residence.RESIDENT);
        }
    }

    @Test
    void evictionWaitsForRunningRequestsAndReportsWhenTheMemoryIsFree() {
        var ledger = new MemoryLedger(SMALL);
        try (var server = new ScriptedMemory(ledger, "0")) {
            server.register("a", ScriptedMemory.SMALL);
            server.memory.evict("a").join();
            server.makeResident("a");
            server.ask("r", "a");
            var evicted = server.memory.evict("a");
            var again = server.memory.evict("a");
            assertThat(server.residence("a")).isEqualTo(Residence.LEAVING);
            assertThat(ledger.taken()).isEqualTo(SMALL);
            assertThat(evicted).isNotDone();
            server.replica().end("r");
            evicted.join();
            again.join();
            assertThat(ledger.taken()).isZero();
            assertThat(server.device.bytes()).isZero();
            assertThat(server.residence("a")).isEqualTo(Residence.ABSENT);
            assertThat(server.status("a").evictions()).isOne();
            assertThat(server.registry.get("dlora.adapter.evictions").counter().count()).isOne();
        }
    }

    @Test
    void requestsDuringAnEvictionHaveTheAdapterLoadedAgain() {
        try (var server = new ScriptedMemory(new MemoryLedger(SMALL), "0")) {
            var adapter = server.register("a", ScriptedMemory.SMALL);
            server.makeResident("a");
            server.policy(ScriptedMemory.loading("a"));
            server.ask("first", "a");
            var _ = server.memory.evict("a");
            server.awaitPlanOf(() -> server.ask("second", "a"));
            assertThat(server.memory.waiting()).isOne();
            assertThat(adapter.uploads()).isOne();
            server.replica().end("first");
            await().until(() -> server.replica().has("second"));
            assertThat(adapter.uploads()).isEqualTo(2);
        }
    }

    @Test
    void pinnedAndLoadingAdaptersAreNotEvicted() {
        try (var server = new ScriptedMemory(new MemoryLedger(SMALL), "0")) {
            var adapter = server.register("a", ScriptedMemory.SMALL);
            var goOn = new CountDownLatch(1);
            adapter.gate(() -> pass(goOn));
            server.policy(ScriptedMemory.loading("a"));
            var loaded = server.memory.makeResident("a");
            server.awaitResidence("a", Residence.LOADING);
            assertThatIllegalStateException()
                    .isThrownBy(() -> server.memory.evict("a"))
                    .withMessage("Adapter 'a' is being loaded; evict it once it is resident");
            goOn.countDown();
            loaded.join();
            server.memory.pin("a", true);
            assertThat(server.status("a").pinned()).isTrue();
            assertThatIllegalStateException()
                    .isThrownBy(() -> server.memory.evict("a"))
                    .withMessage("Adapter 'a' is pinned; unpin it first");
            server.memory.pin("a", false);
            server.memory.evict("a").join();
        }
    }

    @Test
    void pinnedAdapterIsLoadedThoughNobodyAsks() {
        try (var server = new ScriptedMemory(new MemoryLedger(2 * SMALL), "0")) {
            server.policy(new CostAwareResidency());
            server.register("a", ScriptedMemory.SMALL);
            server.memory.pin("a", true);
            server.awaitResidence("a", Residence.RESIDENT);
            assertThat(server.status("a").waiting()).isZero();
        }
    }

    @Test
    void adapterIsPinnedOnlyIfItFitsBesideAllOtherPinnedOnes() {
        var ledger = new MemoryLedger(LARGE + SMALL);
        try (var server = new ScriptedMemory(ledger, "0")) {
            server.register("large", ScriptedMemory.LARGE);
            server.register("other", ScriptedMemory.LARGE);
            server.register("small", ScriptedMemory.SMALL);
            server.memory.pin("large", true);
            server.memory.pin("large", true);
            assertThatIllegalStateException()
                    .as("though none is loaded yet")
                    .isThrownBy(() -> server.memory.pin("other", true))
                    .withMessage(notEnough("other", LARGE, SMALL));
            server.makeResident("small");
            assertThatIllegalStateException()
                    .isThrownBy(() -> server.memory.pin("other", true))
                    .withMessage(notEnough("other", LARGE, SMALL));
            server.memory.pin("small", true);
            assertThatIllegalStateException()
                    .isThrownBy(() -> server.memory.requireRoom("new", 1))
                    .withMessage(notEnough("new", 1, 0));
            server.makeResident("large");
            assertThatIllegalStateException()
                    .isThrownBy(() -> server.memory.requireRoom("new", 1))
                    .withMessage(notEnough("new", 1, 0));
            assertThat(server.status("other").pinned()).isFalse();
            server.memory.pin("small", false);
            server.memory.requireRoom("new", SMALL);
            server.memory.pin("large", false);
            server.memory.pin("other", true);
        }
    }

    private static String notEnough(String name, long needed, long most) {
        return "There is not enough memory for adapter '%s': %s are needed, and at most %s can be made free for adapters. Start the server with a smaller Java heap (-Xmx) or a smaller KV cache (dlora.kv-cache.size), or unpin adapters"
                .formatted(
                        name,
                        new MemorySize(needed).roundedUp(),
                        new MemorySize(most).roundedDown());
    }

    @Test
    void roomIsFreeOrEvictableMemory() {
        var ledger = new MemoryLedger(3 * SMALL);
        try (var server = new ScriptedMemory(ledger, "0")) {
            server.register("a", ScriptedMemory.SMALL);
            server.makeResident("a");
            server.ask("running", "a");
            server.memory.requireRoom("new", 3 * SMALL);
            try (var other = ledger.reserve(MemoryUse.KV_CACHE, SMALL)) {
                assertThatIllegalStateException()
                        .isThrownBy(() -> server.memory.requireRoom("new", 3 * SMALL))
                        .withMessage(notEnough("new", 3 * SMALL, 2 * SMALL));
                assertThat(other.bytes()).isEqualTo(SMALL);
            }
        }
    }

    @Test
    void loadByAnAdministratorTellsItsEnd() {
        try (var server = new ScriptedMemory(new MemoryLedger(SMALL), "0")) {
            var adapter = server.register("a", ScriptedMemory.SMALL);
            adapter.gate(() -> {
                throw new IllegalStateException("a test");
            });
            server.policy(ScriptedMemory.loading("a"));
            assertThat(server.memory.makeResident("a"))
                    .failsWithin(Duration.ofMinutes(1))
                    .withThrowableOfType(ExecutionException.class)
                    .havingCause()
                    .isInstanceOf(IllegalStateException.class)
                    .withMessageStartingWith("Adapter 'a' could not be loaded");
            adapter.gate(() -> {});
            server.pass(1);
            server.memory.makeResident("a").join();
            assertThat(server.memory.makeResident("a")).isCompleted();
            assertThat(adapter.uploads()).isEqualTo(2);
            assertThat(requests(server, "miss")).isZero();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> server.memory.makeResident("unknown"));
        }
    }

    @Test
    void retiredAdapterServesEarlierRequests() throws Exception {
        var ledger = new MemoryLedger(SMALL);
        try (var server = new ScriptedMemory(ledger, "0")) {
            server.register("a", ScriptedMemory.SMALL);
            server.memory.pin("a", true);
            var answer = server.ask("early", "a");
            var forgotten = server.memory.retire("a");
            assertThat(server.memory.retire("a")).isSameAs(forgotten);
            assertThatIllegalArgumentException().isThrownBy(() -> server.ask("late", "a"));
            assertThatIllegalArgumentException().isThrownBy(() -> server.memory.pin("a", true));
            assertThatIllegalArgumentException().isThrownBy(() -> server.memory.evict("a"));
            server.awaitPlan();
            assertThat(forgotten).isNotDone();
            server.policy(ScriptedMemory.loading("a"));
            await().until(() -> server.replica().has("early"));
            server.awaitResidence("a", Residence.RESIDENT);
            assertThat(forgotten).isNotDone();
            server.replica().end("early");
            forgotten.join();
            assertThat(answer.next()).isInstanceOf(Finished.class);
            assertThat(server.memory.status("a")).isEmpty();
            assertThat(server.replica().messages())
                    .containsExactly("load a", "early", "evict a", "unload a");
            assertThat(ledger.taken()).isZero();
            assertThat(server.memory.retire("a")).isCompleted();
            server.register("a", ScriptedMemory.SMALL);
        }
    }

    @Test
    void retiredAdapterOfCancelledRequestsIsForgottenUnloaded() {
        try (var server = new ScriptedMemory(new MemoryLedger(SMALL), "0")) {
            var adapter = server.register("a", ScriptedMemory.SMALL);
            server.ask("r", "a");
            var forgotten = server.memory.retire("a");
            server.memory.cancel("r");
            forgotten.join();
            assertThat(adapter.uploads()).isZero();
            assertThat(server.memory.report()).isEmpty();
        }
    }

    @Test
    void presenceSaysWhetherTheAdapterIsThereAndWhetherItFits() {
        var ledger = new MemoryLedger(SMALL);
        try (var server = new ScriptedMemory(ledger, "0", "1", "2")) {
            server.register("a", ScriptedMemory.SMALL);
            server.register("b", ScriptedMemory.SMALL);
            server.register("large", ScriptedMemory.LARGE);
            assertThat(server.memory.presence("a")).isInstanceOf(AdapterPresence.Absent.class);
            assertThat(server.memory.presence("large"))
                    .isEqualTo(
                            new AdapterPresence.Impossible(
                                    ScriptedMemory.bytes(ScriptedMemory.LARGE), SMALL));
            assertThat(server.memory.presence("unknown"))
                    .isInstanceOf(AdapterPresence.Impossible.class);
            server.makeResident("a");
            assertThat(server.memory.presence("a")).isEqualTo(new AdapterPresence.Resident());
            assertThat(server.memory.presence("b")).isInstanceOf(AdapterPresence.Absent.class);
            server.memory.pin("a", true);
            assertThat(server.memory.presence("b")).isInstanceOf(AdapterPresence.Impossible.class);
        }
    }

    @Test
    void stoppedMemoryFailsWaitingRequestsAndStartsNoLoad() throws Exception {
        var ledger = new MemoryLedger(SMALL);
        try (var server = new ScriptedMemory(ledger, "0")) {
            var adapter = server.register("a", ScriptedMemory.SMALL);
            var answer = server.ask("r", "a");
            var operator = server.memory.makeResident("a");
            server.memory.stop();
            assertThat(answer.next())
                    .isEqualTo(
                            new Failed(FailureCode.SHUTTING_DOWN, "The server is shutting down"));
            assertThat(operator).isCompletedExceptionally();
            assertThatIllegalStateException()
                    .isThrownBy(() -> server.ask("late", "a"))
                    .withMessage("The server is shutting down");
            assertThatIllegalStateException().isThrownBy(() -> server.memory.makeResident("a"));
            assertThat(server.memory.isServing()).isFalse();
            assertThat(adapter.uploads()).isZero();
            server.memory.stop();
        }
        assertThat(ledger.taken()).isZero();
    }

    @Test
    void stopEndsALoadThatKeepsItsPace() throws Exception {
        var ledger = new MemoryLedger(SMALL);
        var resting = new CountDownLatch(1);
        try (var server = new ScriptedMemory(ledger, "0")) {
            server.register("a", ScriptedMemory.SMALL);
            server.pace(new EndlessRest(resting));
            server.policy(ScriptedMemory.loading("a"));
            var answer = server.ask("r", "a");
            resting.await();
            server.memory.stop();
            assertThat(answer.next())
                    .isEqualTo(
                            new Failed(FailureCode.SHUTTING_DOWN, "The server is shutting down"));
            assertThat(server.residence("a")).isEqualTo(Residence.ABSENT);
            assertThat(server.status("a").loads()).isZero();
            assertThat(ledger.taken()).isZero();
        }
    }

    /** A pace that lets an upload go on at the end only. */
    private static final class EndlessRest implements UploadPace {
        private final CountDownLatch begun;
        private final CountDownLatch ended = new CountDownLatch(1);

        EndlessRest(CountDownLatch begun) {
            this.begun = begun;
        }

        @Override
        public void advanced(long bytes) {
            begun.countDown();
            pass(ended);
        }

        @Override
        public void end() {
            ended.countDown();
        }
    }

    @Test
    void stopWaitsUntilTheRunningLoadHasEndedAndGivenItsMemoryBack() {
        var ledger = new MemoryLedger(SMALL);
        try (var server = new ScriptedMemory(ledger, "0")) {
            var adapter = server.register("a", ScriptedMemory.SMALL);
            var begun = new CountDownLatch(1);
            var goOn = new CountDownLatch(1);
            adapter.gate(() -> {
                begun.countDown();
                pass(goOn);
            });
            server.policy(ScriptedMemory.loading("a"));
            server.ask("r", "a");
            pass(begun);
            var stopped = CompletableFuture.runAsync(server.memory::stop);
            await().until(() -> !server.memory.isServing());
            goOn.countDown();
            stopped.join();
            assertThat(server.residence("a")).isEqualTo(Residence.ABSENT);
            assertThat(server.replica().unfinished()).isEmpty();
            assertThat(ledger.taken()).isZero();
        }
    }

    @Test
    void closeWaitsForWeightsThatAreBeingFreed() {
        var ledger = new MemoryLedger(SMALL);
        var order = Collections.synchronizedList(new ArrayList<String>());
        try (var server = new ScriptedMemory(ledger, "0")) {
            server.register("a", ScriptedMemory.SMALL);
            var entered = new CountDownLatch(1);
            var goOn = new CountDownLatch(1);
            server.loads.tell(
                    new AdapterWatch() {
                        @Override
                        public void held(AdapterWeights adapter) {}

                        @Override
                        public void leaving(AdapterWeights adapter) {
                            entered.countDown();
                            pass(goOn);
                            order.add("freed");
                        }
                    });
            server.makeResident("a");
            var evicted = server.memory.evict("a");
            pass(entered);
            server.replica().close();
            var closed =
                    CompletableFuture.runAsync(() -> {
                        server.memory.close();
                        order.add("closed");
                    });
            await().until(() -> !server.memory.isServing());
            goOn.countDown();
            closed.join();
            evicted.join();
            assertThat(order).containsExactly("freed", "closed");
            assertThat(server.device.bytes()).isZero();
        }
        assertThat(ledger.taken()).isZero();
    }

    @Test
    void closeEndsAllWaitsForEvictionsAndForgetting() {
        var ledger = new MemoryLedger(2 * SMALL);
        CompletableFuture<Void> evicted;
        CompletableFuture<Void> forgotten;
        try (var server = new ScriptedMemory(ledger, "0")) {
            server.register("a", ScriptedMemory.SMALL);
            server.register("b", ScriptedMemory.SMALL);
            server.makeResident("a", "b");
            server.ask("r", "a");
            server.ask("s", "b");
            evicted = server.memory.evict("a");
            forgotten = server.memory.retire("b");
        }
        evicted.join();
        forgotten.join();
        assertThat(ledger.taken()).isZero();
    }

    @Test
    void planThatFailsIsTriedAgain() {
        try (var server = new ScriptedMemory(new MemoryLedger(SMALL), "0")) {
            server.register("a", ScriptedMemory.SMALL);
            server.policy(_ -> {
                throw new IllegalStateException("a test");
            });
            var loaded = server.memory.makeResident("a");
            server.awaitPlan();
            server.policy(ScriptedMemory.loading("a"));
            loaded.join();
        }
    }

    @Test
    void lastPlanIsKeptWithItsReasons() {
        try (var server = new ScriptedMemory(new MemoryLedger(SMALL), "0")) {
            server.register("a", ScriptedMemory.SMALL);
            assertThat(server.memory.lastPlan()).isEqualTo(ResidencyPlan.NOTHING);
            server.policy(new CostAwareResidency());
            server.memory.makeResident("a").join();
            assertThat(server.memory.lastPlan().load()).containsExactly("a");
            assertThat(server.memory.lastPlan().reasons())
                    .singleElement()
                    .satisfies(reason -> assertThat(reason.text()).startsWith("is loaded, as"));
        }
    }

    private static double requests(ScriptedMemory server, String residency) {
        return server.registry
                .get("dlora.adapter.requests")
                .tag("residency", residency)
                .counter()
                .count();
    }

    private static void pass(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
