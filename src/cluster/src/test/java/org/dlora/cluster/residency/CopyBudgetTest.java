package org.dlora.cluster.residency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryUse;
import org.dlora.engine.CopyStatus;
import org.dlora.engine.merging.CopyMemory;
import org.dlora.scheduling.residency.CopyStanding.Want;
import org.dlora.scheduling.residency.CopyTarget;
import org.dlora.scheduling.residency.ResidencyPlan;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The books of copies of merged weights in a memory of 1000 bytes. */
class CopyBudgetTest {
    private final MemoryLedger ledger = new MemoryLedger(1000);
    private final ScriptedMemory server = new ScriptedMemory(ledger, "0", "1");
    private final CopyMemory copies = server.memory.copies("0", 900);

    @AfterEach
    void close() {
        copies.lower(0);
        server.close();
        assertThat(ledger.taken()).isZero();
    }

    @Test
    void copiesAreBookedFromTheirGrantUntilTheyAreFreed() {
        assertThat(copies.attainable()).isEqualTo(900);
        assertThat(copies.raise("a", 600)).isEmpty();
        assertThat(taken()).isEqualTo(600);
        assertThat(copies.attainable()).isEqualTo(900);
        assertThat(server.memory.available()).isEqualTo(1000);
        copies.lower(250);
        assertThat(taken()).isEqualTo(250);
        assertThat(copies.raise("a", 200)).isEmpty();
        assertThat(taken()).isEqualTo(250);
    }

    @Test
    void buildThatIsRefusedIsWantedUntilItIsGranted() {
        try (var _ = ledger.reserve(MemoryUse.ADAPTERS, 500)) {
            assertThat(copies.raise("a", 100)).isEmpty();
            assertThat(copies.attainable()).isEqualTo(500);
            server.awaitPlanOf(() ->
                    assertThat(refusal(copies, "a", 700))
                            .hasValueSatisfying(
                                    why -> assertThat(why).startsWith("it needs 0.0 MB")));
            assertThat(taken()).isEqualTo(100);
            server.awaitPlan();
            var standing = server.snapshots().getLast().copies().getFirst();
            assertThat(standing.usedBytes()).isEqualTo(100);
            assertThat(standing.want()).isEqualTo(new Want("a", 600, standing.want().seconds()));
            assertThat(standing.demand()).isPositive();
            assertThat(report().wantedBytes()).isEqualTo(600);
            assertThat(count("dlora.merge.refusals")).isOne();
        }
        assertThat(copies.raise("a", 700)).isEmpty();
        assertThat(report().wantedBytes()).isZero();
        copies.lower(0);
    }

    @Test
    void buildIsNotWantedForEver() {
        try (var _ = ledger.reserve(MemoryUse.ADAPTERS, 500)) {
            assertThat(refusal(copies, "a", 700)).isPresent();
            server.pass(29);
            assertThat(report().wantedBytes()).isEqualTo(700);
            server.pass(2);
            assertThat(report().wantedBytes()).isZero();
        }
    }

    @Test
    void copiesThatAPlanTakesComeBackWhenTheReplicaHasFreedThem() {
        assertThat(copies.raise("a", 600)).isEmpty();
        server.replica().copies(new CopyStatus(200, 400, Optional.of("b"), 1));
        release(false);
        assertThat(server.replica().messages()).containsExactly("release kept");
        assertThat(taken()).isEqualTo(600);
        server.awaitPlan();
        var leaving = server.snapshots().getLast().copies().getFirst();
        assertThat(leaving.idleBytes()).isZero();
        assertThat(leaving.usedBytes()).isEqualTo(200);
        assertThat(leaving.leavingBytes()).isEqualTo(400);
        server.replica().copies(new CopyStatus(200, 0, Optional.empty(), 1));
        copies.lower(200);
        server.awaitPlan();
        assertThat(server.snapshots().getLast().copies().getFirst().leavingBytes()).isZero();
        assertThat(taken()).isEqualTo(200);
        assertThat(report().usedBytes()).isEqualTo(200);
        assertThat(report().idleBytes()).isZero();
        assertThat(count("dlora.merge.releases")).isOne();
    }

    @Test
    void aReplicaAtRestGivesBackCopiesInEffectToo() {
        assertThat(copies.raise("a", 600)).isEmpty();
        server.replica().copies(new CopyStatus(0, 600, Optional.of("a"), 1));
        release(false);
        assertThat(server.replica().messages()).containsExactly("release all");
    }

    @Test
    void aReplicaGetsNothingForAWhileAfterItHadToGiveCopiesBack() {
        assertThat(copies.raise("a", 600)).isEmpty();
        server.replica().copies(new CopyStatus(600, 0, Optional.empty(), 1));
        release(true);
        assertThat(server.replica().messages()).containsExactly("release all");
        copies.lower(0);
        assertThat(refusal(copies, "a", 100))
                .hasValueSatisfying(
                        why -> assertThat(why).contains("took the memory of its copies"));
        assertThat(report().wantedBytes()).isZero();
        server.pass(10);
        assertThat(copies.raise("a", 100)).isEmpty();
    }

    @Test
    void copiesOfAReplicaThatHasFailedStayBookedBesideThoseOfTheNext() {
        assertThat(copies.raise("a", 600)).isEmpty();
        var next = server.memory.copies("0", 900);
        assertThat(next.raise("a", 300)).isEmpty();
        assertThat(taken()).isEqualTo(900);
        assertThat(report().usedBytes()).isEqualTo(300);
        copies.lower(0);
        assertThat(taken()).isEqualTo(300);
        next.lower(0);
    }

    /** Lets the planner plan one release while a build of another replica keeps it planning. */
    private void release(boolean all) {
        var isPlanned = new AtomicBoolean();
        server.policy(_ ->
                isPlanned.compareAndSet(false, true)
                        ? plan(new CopyTarget("0", all, "a test"))
                        : ResidencyPlan.NOTHING);
        assertThat(refusal(server.memory.copies("1", 900), "x", 5000)).isPresent();
        await().until(() -> !server.replica().messages().isEmpty());
    }

    /** Asks for memory that is refused, and reports so. */
    private static Optional<String> refusal(CopyMemory memory, String adapter, long bytes) {
        var refusal = memory.raise(adapter, bytes);
        memory.refused(adapter, bytes);
        return refusal;
    }

    private static ResidencyPlan plan(CopyTarget target) {
        return new ResidencyPlan(
                List.of(), List.of(), List.of(), List.of(target), List.of(), List.of(), List.of());
    }

    private long taken() {
        return ledger.taken(MemoryUse.MERGED_WEIGHTS);
    }

    private MemoryReport.Copies report() {
        return server.memory.memoryReport().copies().getFirst();
    }

    private double count(String counter) {
        return server.registry.get(counter).counters().stream().mapToDouble(c -> c.count()).sum();
    }
}
