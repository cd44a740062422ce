package org.dlora.scheduling.residency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.dlora.scheduling.residency.CopyStanding.Want;
import org.junit.jupiter.api.Test;

/**
 * Why copies of merged weights are given back, and what makes room for them. A replica has 50 MB in
 * effect and keeps 40 MB, which take 2 s to build. Loads take 1 s.
 */
class CopyTargetTest {
    private static final long MB = 1 << 20;
    private static final double NOW = 100;

    @Test
    void keptCopiesGoForALoadWhereIdleAdaptersAreWorthMore() {
        var plan =
                plan(0, List.of(copies(0.1, 0, Want.NONE)), idle("old", 30, 0.5), waiting(30, 1));
        assertThat(plan.copies()).singleElement().matches(one -> !one.all());
        assertThat(plan.copies().getFirst().why())
                .startsWith("gives back 40.0 MB of kept copies for new: demand 0.10, 2.00 s");
        assertThat(plan.evict()).isEmpty();
        assertThat(plan.load()).containsExactly("new");
        assertThat(plan.reasons().getFirst().text()).endsWith("merged weights give 40.0 MB");
    }

    @Test
    void idleAdaptersGoForALoadWhereTheyAreWorthLess() {
        var plan =
                plan(0, List.of(copies(0.9, 0, Want.NONE)), idle("old", 30, 0.5), waiting(30, 1));
        assertThat(plan.copies()).isEmpty();
        assertThat(plan.evict()).containsExactly("old");
    }

    @Test
    void freeKvBlocksGoBeforeKeptCopies() {
        var kv = new KvStanding("0", MB, 100, 0, 30, 0, 20, 100, 0, false, 0, 0);
        var plan =
                new CostAwareResidency()
                        .plan(
                                new ResidencySnapshot(
                                        NOW,
                                        0,
                                        List.of(waiting(30, 1)),
                                        List.of(kv),
                                        List.of(copies(0, 0, Want.NONE)),
                                        limits()));
        assertThat(plan.copies()).isEmpty();
        assertThat(plan.kv()).singleElement().matches(target -> target.blocks() == 70);
    }

    @Test
    void copiesThatHoldNothingGoFirst() {
        var useless = new CopyStanding("1", 40 * MB, 0, 0, 0, 0, 0.5, Want.NONE);
        var plan =
                plan(
                        0,
                        List.of(copies(0.1, 0, Want.NONE), useless),
                        idle("old", 30, 0),
                        waiting(30, 1));
        assertThat(plan.copies()).extracting(CopyTarget::replica).containsExactly("1");
        assertThat(plan.evict()).isEmpty();
    }

    @Test
    void freshCopiesStayUntilARequestIsOverdue() {
        var fresh = List.of(copies(0, NOW - 1, Want.NONE));
        assertThat(plan(0, fresh, waiting(30, 1)).copies()).isEmpty();
        assertThat(plan(0, fresh, waiting(30, 6)).copies()).hasSize(1);
    }

    @Test
    void copiesInEffectGoForOverdueRequestsThatNothingElseMakesRoomFor() {
        var both = List.of(copies(0, 0, Want.NONE));
        assertThat(plan(0, both, waiting(60, 1)).isEmpty()).isTrue();
        var plan = plan(0, both, waiting(60, 6));
        assertThat(plan.copies()).singleElement().matches(CopyTarget::all);
        assertThat(plan.copies().getFirst().why()).contains("runs unmerged and gives back 90.0 MB");
        assertThat(plan.impossible()).isEmpty();
    }

    @Test
    void anAdapterInUseLeavesBeforeAReplicaIsUnmerged() {
        var plan = plan(0, List.of(copies(0, 0, Want.NONE)), inUse("hot", 60), waiting(60, 6));
        assertThat(plan.close()).containsExactly("hot");
        assertThat(plan.copies()).noneMatch(CopyTarget::all);
    }

    @Test
    void aBuildWithoutMemoryTakesAdaptersOfLessThanHalfItsValue() {
        var want = new Want("rot13", 20 * MB, 2);
        var plan = plan(5, List.of(copies(0.5, 0, want)), idle("old", 30, 0.1), idle("new", 30, 5));
        assertThat(plan.evict()).containsExactly("old");
        assertThat(plan.reasons().getFirst().text())
                .startsWith("is evicted for merged weights of rot13 on replica 0: it is idle");
        assertThat(plan(5, List.of(copies(0.5, 0, want)), idle("old", 30, 1)).isEmpty()).isTrue();
        assertThat(plan(20, List.of(copies(0.5, 0, want)), idle("old", 30, 0.1)).isEmpty())
                .isTrue();
    }

    @Test
    void aBuildTakesNothingMoreWhileBytesAreComingBack() {
        var want = new Want("rot13", 20 * MB, 2);
        var leaving = new CopyStanding("1", 0, 0, 20 * MB, 0, 0, 0, Want.NONE);
        assertThat(plan(0, List.of(copies(0.5, 0, want), leaving), idle("old", 30, 0.1)).isEmpty())
                .isTrue();
    }

    @Test
    void memoryIsGrantedBesideWhatAdaptersWaitFor() {
        var snapshot = snapshot(50, List.of(), waiting(30, 1));
        assertThat(CopyGrants.refusal(snapshot, 20 * MB, 0)).isEmpty();
        assertThat(CopyGrants.refusal(snapshot, 21 * MB, 0))
                .contains("it needs 21.0 MB, and 20.0 MB are free that no adapter waits for");
        assertThat(CopyGrants.refusal(snapshot, MB, NOW - 3))
                .hasValueSatisfying(
                        why -> assertThat(why).contains("took the memory", "3.0 s ago"));
        assertThat(CopyGrants.refusal(snapshot, MB, NOW - limits().kvRest())).isEmpty();
    }

    private static ResidencyPlan plan(
            long free, List<CopyStanding> copies, AdapterStanding... adapters) {
        return new CostAwareResidency().plan(snapshot(free, copies, adapters));
    }

    private static ResidencySnapshot snapshot(
            long free, List<CopyStanding> copies, AdapterStanding... adapters) {
        return new ResidencySnapshot(
                NOW, free * MB, List.of(adapters), List.of(), copies, limits());
    }

    private static ResidencySettings limits() {
        return new ResidencySettings(1, 5);
    }

    private static CopyStanding copies(double demand, double since, Want want) {
        return new CopyStanding("0", 40 * MB, 50 * MB, 0, 2, since, demand, want);
    }

    private static AdapterStanding waiting(long size, double waited) {
        return new AdapterStanding(
                "new", size * MB, 1, Residence.ABSENT, 0, false, 0, 1, NOW - waited, 1);
    }

    private static AdapterStanding idle(String id, long size, double demand) {
        return resident(id, size, demand, 0);
    }

    private static AdapterStanding inUse(String id, long size) {
        return resident(id, size, 1, 1);
    }

    private static AdapterStanding resident(String id, long size, double demand, int running) {
        return new AdapterStanding(
                id,
                size * MB,
                1,
                Residence.RESIDENT,
                0,
                false,
                running,
                0,
                Double.POSITIVE_INFINITY,
                demand);
    }
}
