package org.dlora.cluster.residency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.dlora.cluster.Cluster;
import org.dlora.cluster.ResidentAdapter;
import org.dlora.cluster.ServedNames;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.requests.QueueFullException;
import org.dlora.cluster.residency.ScriptedMemory.Answered;
import org.dlora.device.MemoryLedger;
import org.dlora.replica.Ends;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.scheduling.residency.CostAwareResidency;
import org.dlora.scheduling.residency.Residence;
import org.dlora.scheduling.residency.ResidencyPlan;
import org.dlora.scheduling.residency.ResidencySettings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A cluster of two replicas that have an adapter memory each. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClusterMemoriesTest {
    private static final long SMALL = ScriptedMemory.bytes(ScriptedMemory.SMALL);
    private static final long LARGE = ScriptedMemory.bytes(ScriptedMemory.LARGE);

    private final ScriptedMemory first = memory("0", SMALL);
    private final ScriptedMemory second = memory("1", SMALL + LARGE);
    private final List<ScriptedMemory> memories = List.of(first, second);
    private final Cluster cluster = cluster();

    @AfterEach
    void close() {
        memories.forEach(ScriptedMemory::close);
        memories.forEach(server -> assertThat(server.ledger.taken()).isZero());
    }

    private static ScriptedMemory memory(String name, long bytes) {
        return memory(name, bytes, name);
    }

    private static ScriptedMemory memory(String name, long bytes, String... replicas) {
        var settings = ResidencySettings.DEFAULT;
        var server = new ScriptedMemory(name, new MemoryLedger(bytes), settings, List.of(replicas));
        server.policy(new CostAwareResidency());
        return server;
    }

    private Cluster cluster() {
        var served = new ArrayList<ServedAdapter>();
        for (var id : List.of("a", "b", "large")) {
            var folder = id.equals("large") ? ScriptedMemory.LARGE : ScriptedMemory.SMALL;
            second.register(id, folder);
            served.add(new ServedAdapter(id, first.register(id, folder), Instant.EPOCH));
        }
        return new Cluster(
                List.of(first.replica(), second.replica()),
                List.of(first.memory, second.memory),
                12,
                new ServedNames("base", served),
                SchedulingSettings.DEFAULT);
    }

    private Answered ask(String request, String adapter) {
        var answered = new Answered();
        cluster.submit(ScriptedMemory.request(request, adapter, 1), answered);
        return answered;
    }

    @Test
    void requestsGoWhereTheirAdapterIsUntilThatIsMuchBusier() {
        second.memory.makeResident("a").join();
        for (int i = 0; i < 8; i++) {
            ask("r" + i, "a");
        }
        assertThat(second.replica().unfinished()).hasSize(8);
        ask("r8", "a");
        await().until(() -> first.replica().has("r8"));
        assertThat(first.residence("a")).isEqualTo(Residence.RESIDENT);
        ask("r9", "a");
        assertThat(first.replica().unfinished()).containsExactly("r8", "r9");
    }

    @Test
    void requestsThatWaitForALoadBringOthersOfTheAdapterThere() {
        first.policy(_ -> ResidencyPlan.NOTHING);
        second.policy(_ -> ResidencyPlan.NOTHING);
        ask("a1", "a");
        ask("b1", "b");
        assertThat(first.memory.waiting()).isOne();
        assertThat(second.memory.waiting()).isOne();
        assertThat(first.memory.has("a1")).isTrue();
        assertThat(second.memory.has("b1")).isTrue();
        first.policy(new CostAwareResidency());
        await().until(() -> first.replica().has("a1"));
        ask("a2", "a");
        assertThat(first.replica().unfinished()).containsExactly("a1", "a2");
    }

    @Test
    void budgetsAndEvictionsOfMemoriesAreTheirOwn() {
        first.memory.makeResident("a").join();
        second.memory.makeResident("a").join();
        first.memory.makeResident("b").join();
        assertThat(first.residence("a")).isEqualTo(Residence.ABSENT);
        assertThat(second.residence("a")).isEqualTo(Residence.RESIDENT);
        assertThat(first.ledger.taken()).isEqualTo(SMALL);
        assertThat(second.ledger.taken()).isEqualTo(SMALL);
        assertThat(second.status("a").evictions()).isZero();
        assertThat(first.memory.replicaIds()).containsExactly("0");
        assertThat(second.memory.name()).isEqualTo("1");
    }

    @Test
    void residentAdaptersArePinnedIfOneMemoryKeepsThem() {
        second.memory.makeResident("a").join();
        second.memory.makeResident("large").join();
        assertThat(cluster.residentAdapters())
                .containsExactly(
                        new ResidentAdapter("a", false), new ResidentAdapter("large", false));
        second.memory.pin("large", true);
        assertThat(cluster.residentAdapters())
                .containsExactly(
                        new ResidentAdapter("a", false), new ResidentAdapter("large", true));
    }

    @Test
    void adapterThatFitsIntoOneMemoryIsLoadedThereHoweverBusy() {
        second.memory.makeResident("a").join();
        for (int i = 0; i < 10; i++) {
            second.submit(ScriptedMemory.request("busy" + i, "a", 1), _ -> {});
        }
        ask("r", "large");
        await().until(() -> second.replica().has("r"));
        assertThat(second.residence("large")).isEqualTo(Residence.RESIDENT);
        assertThat(first.status("large").loads()).isZero();
    }

    @Test
    void adapterThatFitsNowhereFailsWithTheSizes() throws Exception {
        second.memory.makeResident("a").join();
        second.memory.pin("a", true);
        second.memory.makeResident("b").join();
        second.memory.pin("b", true);
        var failed = (Failed) ask("r", "large").next();
        assertThat(failed.code()).isEqualTo(FailureCode.ADAPTER_TOO_LARGE);
        assertThat(failed.message()).contains("does not fit into the memory: needs");
    }

    @Test
    void adapterThatDoesNotFitAnyMoreWhereItIsWaitedForIsLoadedElsewhere() {
        var impossible =
                new ResidencyPlan(
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of("a"),
                        List.of(new ResidencyPlan.Reason("a", "needs more")));
        first.policy(_ -> ResidencyPlan.NOTHING);
        second.policy(_ -> ResidencyPlan.NOTHING);
        ask("r", "a");
        assertThat(first.memory.has("r")).isTrue();
        second.policy(new CostAwareResidency());
        first.policy(ScriptedMemory.whileAbsent("a", impossible));
        await().until(() -> second.replica().has("r"));
    }

    @Test
    void requestsAvoidTheMemoryWhoseReplicasHaveEnded() {
        first.replica().close();
        ask("r", "a");
        await().until(() -> second.replica().has("r"));
        assertThat(cluster.isServing()).isTrue();
        second.replica().close();
        assertThat(cluster.isServing()).isFalse();
        assertThatIllegalStateException().isThrownBy(() -> ask("s", "a"));
    }

    @Test
    void requestsThatWaitWhereTheReplicaFailsWaitElsewhere() {
        first.policy(_ -> ResidencyPlan.NOTHING);
        second.policy(_ -> ResidencyPlan.NOTHING);
        ask("r", "a");
        assertThat(first.memory.has("r")).isTrue();
        first.replica().close();
        cluster.lost(first.replica(), "Replica 0 has failed: it hangs");
        assertThat(first.memory.waiting()).isZero();
        assertThat(second.memory.has("r")).isTrue();
        second.policy(new CostAwareResidency());
        await().until(() -> second.replica().has("r"));
        second.replica().end("r");
        assertThat(cluster.unfinished()).isZero();
        assertThat(first.status("a").running()).isZero();
        assertThat(second.status("a").running()).isZero();
    }

    @Test
    void requestsGoElsewhereIfTheirAdapterIsGrantedWhereTheReplicaHasFailed() {
        var loaded = new CompletableFuture<Void>();
        first.replica().loadsEndWith(loaded);
        second.policy(_ -> ResidencyPlan.NOTHING);
        ask("r", "a");
        await().until(() -> first.replica().messages().contains("load a"));
        first.replica().close();
        loaded.complete(null);
        await().until(() -> second.memory.has("r"));
        assertThat(first.status("a").running()).isZero();
    }

    @Test
    void requestsThatWaitFailWithTheirOwnCodeIfNoReplicaIsLeft() throws Exception {
        first.policy(_ -> ResidencyPlan.NOTHING);
        var answered = ask("r", "a");
        second.replica().close();
        assertThat(first.memory.has("r")).isTrue();
        first.replica().close();
        cluster.lost(first.replica(), "Replica 0 has failed: it hangs");
        var failed = (Failed) answered.next();
        assertThat(failed.code()).isEqualTo(FailureCode.NO_REPLICA);
        assertThat(failed.message())
                .startsWith("Replica 0 has failed: it hangs. The request could not be continued")
                .contains("No replica is serving");
        assertThat(cluster.unfinished()).isZero();
    }

    @Test
    void aFailureCostsWaitingRequestsNothingWhileAnotherReplicaOfTheMemoryServes() {
        try (var shared = memory("shared", SMALL, "2", "3")) {
            shared.policy(_ -> ResidencyPlan.NOTHING);
            shared.register("a", ScriptedMemory.SMALL);
            shared.submit(ScriptedMemory.request("r", "a", 1), _ -> {});
            shared.replicas.getFirst().close();
            shared.memory.lost("Replica 2 has failed");
            assertThat(shared.memory.has("r")).isTrue();
            shared.replicas.getLast().close();
            shared.memory.lost("Replica 3 has failed");
            assertThat(shared.memory.has("r")).isFalse();
        }
    }

    @Test
    void loadsOfAdministratorsOutliveAFailure() {
        first.policy(_ -> ResidencyPlan.NOTHING);
        var done = first.memory.makeResident("a");
        first.replica().close();
        first.memory.lost("Replica 0 has failed");
        assertThat(done).isNotDone();
        first.policy(new CostAwareResidency());
        done.join();
    }

    @Test
    void requestsThatWaitAnywhereCountInTheQueueAndAreFoundThere() throws Exception {
        first.policy(_ -> ResidencyPlan.NOTHING);
        second.policy(_ -> ResidencyPlan.NOTHING);
        var answers = new ArrayList<Answered>();
        for (int i = 0; i < 12; i++) {
            answers.add(ask("r" + i, "a"));
        }
        assertThat(first.memory.waiting()).isEqualTo(6);
        assertThat(second.memory.waiting()).isEqualTo(6);
        assertThatExceptionOfType(QueueFullException.class).isThrownBy(() -> ask("late", "b"));
        cluster.cancel("r0");
        cluster.cancel("r1");
        for (var answer : answers.subList(0, 2)) {
            assertThat(answer.next())
                    .isEqualTo(Ends.finished(FinishReason.CANCELLED, "", null, 1, 0, 0));
        }
        for (var id : List.of("r2", "r3")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ask(id, "b"))
                    .withMessage("A request with id %s is unfinished".formatted(id));
        }
        assertThat(first.memory.waiting() + second.memory.waiting()).isEqualTo(10);
    }
}
