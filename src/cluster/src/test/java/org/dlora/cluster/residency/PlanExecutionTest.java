package org.dlora.cluster.residency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.cluster.residency.ScriptedMemory.Answered;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryUse;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.scheduling.residency.AdapterStanding;
import org.dlora.scheduling.residency.CostAwareResidency;
import org.dlora.scheduling.residency.Residence;
import org.dlora.scheduling.residency.ResidencyPlan;
import org.dlora.scheduling.residency.ResidencyPlan.Reason;
import org.dlora.scheduling.residency.ResidencySettings;
import org.dlora.scheduling.residency.ResidencySnapshot;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Tests of the execution of plans: evictions, closes, loads, and plans that cannot be carried out.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PlanExecutionTest {
    private static final long SMALL = ScriptedMemory.bytes(ScriptedMemory.SMALL);
    private static final long LARGE = ScriptedMemory.bytes(ScriptedMemory.LARGE);

    @Test
    void evictsThenClosesThenLoadsOnceThereIsMemory() throws Exception {
        var ledger = new MemoryLedger(2 * SMALL);
        try (var server = new ScriptedMemory(ledger, "0")) {
            List.of("a", "b", "c").forEach(id -> server.register(id, ScriptedMemory.SMALL));
            server.makeResident("a", "b");
            var running = server.ask("running", "b");
            var held = server.replica().holdUp("a");
            var plan = new ResidencyPlan(List.of("a"), List.of("b"), List.of("c"), List.of());
            server.policy(ScriptedMemory.whileAbsent("c", plan));
            var waiting = server.ask("waiting", "c");
            server.awaitResidence("b", Residence.LEAVING);
            assertThat(server.residence("a")).isEqualTo(Residence.LEAVING);
            assertThat(server.residence("c")).isEqualTo(Residence.LOADING);
            assertThat(server.status("c").waiting()).isOne();
            assertThat(server.replica().messages())
                    .containsExactly("load a", "load b", "running", "evict a");
            assertThat(ledger.taken()).isEqualTo(2 * SMALL);

            held.complete(null);
            await().until(() -> server.replica().unfinished().contains("waiting"));
            assertThat(server.residence("c")).isEqualTo(Residence.RESIDENT);
            assertThat(server.residence("b")).isEqualTo(Residence.LEAVING);
            assertThat(server.status("b").running()).isOne();
            assertThat(ledger.taken()).isEqualTo(2 * SMALL);
            server.replica().end("running");
            server.awaitResidence("b", Residence.ABSENT);
            assertThat(ledger.taken()).isEqualTo(SMALL);
            server.replica().end("waiting");
            assertThat(running.next()).isInstanceOf(Finished.class);
            assertThat(waiting.next()).isInstanceOf(Finished.class);
            assertThat(server.replica().messages())
                    .endsWith("evict a", "load c", "waiting", "evict b");
            for (var id : List.of("a", "b")) {
                assertThat(server.status(id).evictions()).isOne();
                assertThat(server.status(id).loads()).isOne();
            }
        }
        assertThat(ledger.taken()).isZero();
    }

    @Test
    void snapshotCountsWhatEvictionsGiveBackAndQueuedLoadsTake() {
        var ledger = new MemoryLedger(LARGE + SMALL);
        try (var server = new ScriptedMemory(ledger, "0")) {
            server.register("large", ScriptedMemory.LARGE);
            server.register("b", ScriptedMemory.SMALL);
            server.register("c", ScriptedMemory.SMALL);
            server.makeResident("large");
            var held = server.replica().holdUp("large");
            server.policy(
                    ScriptedMemory.whileAbsent(
                            "b",
                            new ResidencyPlan(
                                    List.of("large"), List.of(), List.of("b"), List.of())));
            var first = server.memory.makeResident("b");
            first.join(); // It fits beside the large one, whose memory is not there yet.
            var seen = server.snapshots().getLast();
            var second = server.memory.makeResident("c");
            await().until(() -> find(server.snapshots().getLast(), "c") != null);
            var snapshot = server.snapshots().getLast();
            assertThat(snapshot.freeBytes()).isEqualTo(LARGE);
            assertThat(find(snapshot, "large")).isNull();
            assertThat(found(snapshot, "b").residence()).isEqualTo(Residence.RESIDENT);
            assertThat(found(snapshot, "b").bytes()).isEqualTo(SMALL);
            assertThat(find(snapshot, "c"))
                    .isEqualTo(
                            new AdapterStanding(
                                    "c",
                                    SMALL,
                                    found(snapshot, "c").loadSeconds(),
                                    Residence.ABSENT,
                                    0,
                                    false,
                                    0,
                                    1,
                                    0,
                                    0,
                                    Double.POSITIVE_INFINITY,
                                    0));
            assertThat(seen.now()).isZero();
            server.policy(ScriptedMemory.loading("c"));
            await().until(() -> server.residence("c") == Residence.LOADING);
            assertThat(ledger.taken()).isEqualTo(LARGE + SMALL);
            held.complete(null);
            second.join();
            assertThat(ledger.taken()).isEqualTo(2 * SMALL);
        }
        assertThat(ledger.taken()).isZero();
    }

    @Test
    void loadIsPlannedAgainWhereSomethingElseHasTakenItsMemory() throws Exception {
        var ledger = new MemoryLedger(LARGE);
        try (var server = new ScriptedMemory(ledger, "0")) {
            server.register("a", ScriptedMemory.SMALL);
            server.register("large", ScriptedMemory.LARGE);
            server.makeResident("a");
            var held = server.replica().holdUp("a");
            var plan = new ResidencyPlan(List.of("a"), List.of(), List.of("large"), List.of());
            server.policy(ScriptedMemory.whileAbsent("large", plan));
            var waiting = server.ask("waiting", "large");
            server.awaitResidence("large", Residence.LOADING);
            var other = ledger.reserve(MemoryUse.MERGED_WEIGHTS, 1);
            server.policy(_ -> ResidencyPlan.NOTHING);
            held.complete(null);
            server.awaitResidence("large", Residence.ABSENT);
            server.awaitPlan();
            var snapshot = server.snapshots().getLast();
            assertThat(snapshot.freeBytes()).isEqualTo(LARGE - 1);
            assertThat(found(snapshot, "large").waiting()).isOne();
            assertThat(ledger.taken()).isOne();
            assertThat(waiting.isEmpty()).isTrue();

            // A plan that counts on memory which is not there is planned again, too.
            server.policy(ScriptedMemory.loading("large"));
            server.awaitPlan();
            server.awaitPlan();
            assertThat(server.status("large").loads()).isZero();
            other.close();
            await().until(() -> server.replica().has("waiting"));
            server.replica().end("waiting");
            assertThat(waiting.next()).isInstanceOf(Finished.class);
        }
        assertThat(ledger.taken()).isZero();
    }

    @Test
    void laterLoadsFollowOnceTheFirstIsPlannedAgain() {
        var ledger = new MemoryLedger(LARGE + SMALL);
        var settings = new ResidencySettings(2, 5);
        try (var server = new ScriptedMemory(ledger, settings, "0")) {
            server.register("large", ScriptedMemory.LARGE);
            server.register("b", ScriptedMemory.SMALL);
            var other = ledger.reserve(MemoryUse.MERGED_WEIGHTS, 1 + SMALL);
            server.policy(snapshot ->
                    find(snapshot, "b") == null
                                    || found(snapshot, "b").residence() != Residence.ABSENT
                            ? ResidencyPlan.NOTHING
                            : new ResidencyPlan(
                                    List.of(), List.of(), List.of("large", "b"), List.of()));
            var large = server.memory.makeResident("large");
            var b = server.memory.makeResident("b");
            b.join();
            assertThat(large).isNotDone();
            other.close();
            server.policy(ScriptedMemory.loading("large"));
            large.join();
        }
        assertThat(ledger.taken()).isZero();
    }

    @Test
    void impossibleAdaptersFailTheirRequestsWithTheReason() throws Exception {
        try (var server = new ScriptedMemory(new MemoryLedger(SMALL), "0")) {
            server.register("a", ScriptedMemory.SMALL);
            server.register("large", ScriptedMemory.LARGE);
            var reason = List.of(new Reason("large", "needs more"));
            var plan =
                    new ResidencyPlan(
                            List.of(),
                            List.of(),
                            List.of(),
                            List.of("a"),
                            List.of("large"),
                            reason);
            server.policy(
                    snapshot -> snapshot.adapters().size() < 2 ? ResidencyPlan.NOTHING : plan);
            var first = server.ask("first", "large");
            var second = server.ask("second", "large");
            var operator = server.memory.makeResident("large");
            var other = server.ask("other", "a");
            var expected =
                    new Failed(
                            FailureCode.ADAPTER_TOO_LARGE,
                            "Adapter 'large' does not fit into the memory: needs more");
            assertThat(first.next()).isEqualTo(expected);
            assertThat(second.next()).isEqualTo(expected);
            assertThat(operator)
                    .failsWithin(Duration.ofMinutes(1))
                    .withThrowableOfType(ExecutionException.class)
                    .withMessageContaining(expected.message());
            await().until(() -> server.replica().has("other"));
            assertThat(other.isEmpty()).isTrue();
            assertThat(server.memory.waiting()).isZero();
        }
    }

    /** The server's policy counts bytes taken by other uses as missing. */
    @Test
    void adapterThatOtherUsesLeaveNoRoomForFailsWithTheSizes() throws Exception {
        var ledger = new MemoryLedger(LARGE);
        try (var server = new ScriptedMemory(ledger, "0")) {
            server.policy(new CostAwareResidency());
            server.register("large", ScriptedMemory.LARGE);
            try (var other = ledger.reserve(MemoryUse.MERGED_WEIGHTS, LARGE)) {
                var failed = (Failed) server.ask("early", "large").next();
                assertThat(other.bytes()).isEqualTo(LARGE);
                assertThat(failed.code()).isEqualTo(FailureCode.ADAPTER_TOO_LARGE);
                assertThat(failed.message())
                        .isEqualTo(
                                "Adapter 'large' does not fit into the memory: needs %.1f MB, at most 0.0 MB can be made free: pinned adapters take 0.0 MB"
                                        .formatted(LARGE / 1048576.0));
            }
            server.ask("late", "large");
            await().until(() -> server.replica().has("late"));
        }
    }

    /** Other adapters come and go while a hung thread of a replica reads some. */
    @Test
    void adapterThatAFailedThreadReadsIsNotEvictedForOthers() {
        try (var server = new ScriptedMemory(new MemoryLedger(2 * SMALL), "0")) {
            server.policy(new CostAwareResidency());
            for (var id : List.of("a", "b", "c", "d")) {
                server.register(id, ScriptedMemory.SMALL);
            }
            server.makeResident("a", "b");
            server.pass(60);
            server.replica().readByFailed("a");
            var _ = server.replica().holdUp("a");
            for (var id : List.of("c", "d")) {
                server.ask(id, id);
                await().until(() -> server.replica().has(id));
                server.replica().end(id);
                server.pass(60);
            }
            assertThat(server.residence("a")).isEqualTo(Residence.RESIDENT);
            assertThat(server.replica().messages()).doesNotContain("evict a");
            server.replica().threadEnds();
        }
    }

    @Test
    void evictionThatAHungThreadBlocksDelaysNoLoadAndIsRevokedForWaitingRequests() {
        var ledger = new MemoryLedger(2 * SMALL);
        try (var server = new ScriptedMemory(ledger, "0")) {
            server.policy(new CostAwareResidency());
            var adapter = server.register("a", ScriptedMemory.SMALL);
            for (var id : List.of("b", "c")) {
                server.register(id, ScriptedMemory.SMALL);
            }
            server.makeResident("a", "b");
            server.pass(60);
            var held = server.replica().holdUp("a");
            var evicted = server.memory.evict("a");
            server.replica().readByFailed("a");
            server.ask("c", "c");
            await().until(() -> server.replica().has("c"));
            assertThat(server.residence("b")).isEqualTo(Residence.ABSENT);
            assertThat(server.residence("a")).isEqualTo(Residence.LEAVING);
            assertThat(evicted).isNotDone();

            server.ask("waiting", "a");
            await().until(() -> server.replica().has("waiting"));
            assertThat(adapter.uploads()).isOne();
            assertThat(server.residence("a")).isEqualTo(Residence.RESIDENT);
            server.replica().threadEnds();
            held.complete(null);
            assertThat(server.residence("a")).isEqualTo(Residence.RESIDENT);
            assertThat(server.status("a").evictions()).isZero();

            server.replica().end("waiting");
            server.memory.evict("a").join();
            evicted.join();
            server.ask("again", "a");
            await().until(() -> server.replica().has("again"));
            assertThat(adapter.uploads()).isEqualTo(2);
        }
        assertThat(ledger.taken()).isZero();
    }

    @Test
    void adapterThatLacksRoomBecauseOfAFailureMayBeAskedForAgain() throws Exception {
        try (var server = new ScriptedMemory(new MemoryLedger(SMALL), "0")) {
            server.policy(new CostAwareResidency());
            server.register("a", ScriptedMemory.SMALL);
            server.register("b", ScriptedMemory.SMALL);
            server.makeResident("a");
            server.replica().readByFailed("a");
            var failed = (Failed) server.ask("early", "b").next();
            assertThat(failed.code()).isEqualTo(FailureCode.ADAPTER_NOT_LOADED);
            assertThat(failed.message())
                    .startsWith(
                            "Adapter 'b' does not fit while a replica that has failed holds memory: needs ");
            server.replica().threadEnds();
            server.pass(60);
            server.ask("late", "b");
            await().until(() -> server.replica().has("late"));
        }
    }

    @Test
    void planForAnAdapterThatIsBeingEvictedLoadsItAgainAfterwards() {
        var ledger = new MemoryLedger(SMALL);
        try (var server = new ScriptedMemory(ledger, "0")) {
            var adapter = server.register("a", ScriptedMemory.SMALL);
            server.makeResident("a");
            var held = server.replica().holdUp("a");
            var evicted = server.memory.evict("a");
            server.policy(ScriptedMemory.loading("a"));
            server.awaitPlanOf(() -> server.ask("waiting", "a"));
            assertThat(evicted).isNotDone();
            assertThat(adapter.uploads()).isOne();
            assertThat(server.replica().messages()).containsExactly("load a", "evict a");
            held.complete(null);
            evicted.join();
            await().until(() -> server.replica().has("waiting"));
            assertThat(server.replica().messages())
                    .containsExactly("load a", "evict a", "load a", "waiting");
        }
        assertThat(ledger.taken()).isZero();
    }

    /** A try may evict others, so it is made less and less often where nobody waits. */
    @Test
    void pausesOfAPinnedAdapterThatCannotBeLoadedGrowUntilARequestComes() {
        try (var server = new ScriptedMemory(new MemoryLedger(SMALL), "0")) {
            var adapter = server.register("a", ScriptedMemory.SMALL);
            server.policy(ScriptedMemory.loading("a"));
            adapter.gate(() -> {
                throw new OutOfMemoryError("full");
            });
            server.memory.pin("a", true);
            await().until(() -> adapter.uploads() == 1);
            for (int tries = 2; tries < 6; tries++) {
                int made = tries;
                server.pass(0.1 * (1 << tries) - 0.15);
                server.awaitPlan();
                assertThat(adapter.uploads()).isEqualTo(made - 1);
                server.pass(0.2);
                await().until(() -> adapter.uploads() == made);
                server.awaitResidence("a", Residence.ABSENT);
            }
            adapter.gate(() -> {});
            server.ask("r", "a");
            server.pass(0.25);
            await().until(() -> server.replica().has("r"));
        }
    }

    @Test
    void failedLoadIsTriedAgainAfterAWhile() throws Exception {
        var ledger = new MemoryLedger(SMALL);
        try (var server = new ScriptedMemory(ledger, "0")) {
            var adapter = server.register("a", ScriptedMemory.SMALL);
            server.policy(ScriptedMemory.loading("a"));
            adapter.gate(() -> {
                throw new OutOfMemoryError("full");
            });
            assertThat(server.ask("first", "a").next())
                    .isEqualTo(
                            new Failed(
                                    FailureCode.ADAPTER_NOT_LOADED,
                                    "Adapter 'a' could not be loaded: there is not enough memory. Try again shortly"));
            assertThat(ledger.taken()).isZero();
            adapter.gate(() -> {
                throw new IllegalStateException("a test");
            });
            server.pass(0.25);
            assertThat(server.ask("second", "a").next())
                    .isEqualTo(
                            new Failed(
                                    FailureCode.ADAPTER_NOT_LOADED,
                                    "Adapter 'a' could not be loaded: see the server's log. Try again shortly"));
            adapter.gate(() -> {});
            var third = server.ask("third", "a");
            server.pass(0.15);
            server.awaitPlan();
            assertThat(server.snapshots().getLast().adapters()).isEmpty();
            assertThat(adapter.uploads()).isEqualTo(2);
            server.pass(0.1);
            await().until(() -> server.replica().has("third"));
            assertThat(third.isEmpty()).isTrue();
            assertThat(server.broken).isEmpty();
        }
    }

    @Test
    void adapterWithProblemsFailsInTheirWordsAndIsReported() throws Exception {
        var ledger = new MemoryLedger(SMALL);
        try (var server = new ScriptedMemory(ledger, "0")) {
            var adapter = server.register("a", ScriptedMemory.SMALL);
            adapter.gate(() -> {
                throw new LoadException("tensor x is NaN");
            });
            var answers = List.of(server.ask("first", "a"), server.ask("second", "a"));
            server.policy(ScriptedMemory.loading("a"));
            for (var answer : answers) {
                assertThat(answer.next())
                        .isEqualTo(
                                new Failed(
                                        FailureCode.ADAPTER_UNAVAILABLE,
                                        "Adapter 'a' cannot be served: tensor x is NaN"));
            }
            assertThat(server.broken).first().isEqualTo("a: tensor x is NaN");
            assertThat(ledger.taken()).isZero();
        }
    }

    @Test
    void loadThatFailsOnOneReplicaIsUndoneOnAll() throws Exception {
        var ledger = new MemoryLedger(SMALL);
        try (var server = new ScriptedMemory(ledger, "0", "1")) {
            server.register("a", ScriptedMemory.SMALL);
            var failing = server.replicas.getLast();
            failing.loadsEndWith(CompletableFuture.failedFuture(new IllegalStateException("no")));
            server.policy(ScriptedMemory.loading("a"));
            assertThat(server.ask("first", "a").next())
                    .isInstanceOfSatisfying(
                            Failed.class,
                            failed ->
                                    assertThat(failed.code())
                                            .isEqualTo(FailureCode.ADAPTER_NOT_LOADED));
            assertThat(server.replica().messages()).containsExactly("load a", "evict a");
            assertThat(failing.messages()).containsExactly("load a", "evict a");
            assertThat(ledger.taken()).isZero();
            assertThat(server.device.bytes()).isZero();
            failing.loadsEndWith(CompletableFuture.completedFuture(null));
            server.pass(1);
            server.memory.makeResident("a").join();
        }
    }

    @Test
    void replicaThatHasEndedStopsNoLoad() {
        try (var server = new ScriptedMemory(new MemoryLedger(SMALL), "0", "1")) {
            server.register("a", ScriptedMemory.SMALL);
            server.replica().close();
            server.policy(ScriptedMemory.loading("a"));
            server.ask("first", "a");
            await().until(() -> server.replicas.getLast().has("first"));
            assertThat(server.replica().has("first")).isFalse();
        }
    }

    @Test
    void watchesHearOfWeightsBeforeTheyAreUsedAndBeforeTheyAreFreed() {
        try (var server = new ScriptedMemory(new MemoryLedger(SMALL), "0")) {
            var watch = new Recorded(server);
            server.loads.tell(watch);
            server.register("a", ScriptedMemory.SMALL);
            server.makeResident("a");
            server.memory.evict("a").join();
            assertThat(watch.seen)
                    .containsExactly(
                            "held by 0 replicas, %d bytes".formatted(SMALL),
                            "leaving, %d bytes".formatted(SMALL));
            assertThat(server.device.bytes()).isZero();
        }
    }

    /** Recorder of a watch of weights. */
    private record Recorded(ScriptedMemory server, List<String> seen) implements AdapterWatch {
        Recorded(ScriptedMemory server) {
            this(server, new CopyOnWriteArrayList<>());
        }

        @Override
        public void held(AdapterWeights adapter) {
            int loads = server.replica().messages().size();
            seen.add("held by %d replicas, %d bytes".formatted(loads, adapter.bytes()));
        }

        @Override
        public void leaving(AdapterWeights adapter) {
            seen.add("leaving, %d bytes".formatted(server.device.bytes()));
        }
    }

    /** Returns the adapter in the snapshot; null if it is not there. */
    private static AdapterStanding found(ResidencySnapshot snapshot, String id) {
        return Objects.requireNonNull(find(snapshot, id));
    }

    private static @Nullable AdapterStanding find(ResidencySnapshot snapshot, String id) {
        return snapshot.adapters().stream()
                .filter(adapter -> adapter.id().equals(id))
                .findFirst()
                .orElse(null);
    }

    @Test
    void waitingRequestsGoOnInTheOrderOfArrival() throws Exception {
        try (var server = new ScriptedMemory(new MemoryLedger(SMALL), "0")) {
            server.register("a", ScriptedMemory.SMALL);
            var names = List.of("r5", "r3", "r9", "r1", "r2");
            names.forEach(name -> server.ask(name, "a"));
            Answered cancelled = server.ask("cancelled", "a");
            assertThat(server.memory.cancel("cancelled")).isTrue();
            assertThat(server.memory.cancel("cancelled")).isFalse();
            assertThat(cancelled.next()).isInstanceOf(Finished.class);
            server.policy(ScriptedMemory.loading("a"));
            await().until(() -> server.memory.waiting() == 0);
            names.forEach(name -> assertThat(server.memory.has(name)).isFalse());
            assertThat(server.replica().unfinished()).isEqualTo(names);
            assertThat(server.status("a").running()).isEqualTo(5);
        }
    }
}
