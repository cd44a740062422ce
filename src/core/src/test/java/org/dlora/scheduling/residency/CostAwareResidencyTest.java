package org.dlora.scheduling.residency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests of the adapters that are loaded, their order, and the idle ones that are evicted. */
class CostAwareResidencyTest {
    @Test
    void nothingChangesWhereNobodyWaits() {
        assertThat(new ResidencySketch(0).idle("a", 4, 0).inUse("b", 4, 0).plan().isEmpty())
                .isTrue();
    }

    @Test
    void aLoadIntoFreeMemoryEvictsNobody() {
        assertPlan(
                new ResidencySketch(4).idle("a", 4, 0).waiting("new", 4, 0),
                List.of(),
                List.of(),
                List.of("new"));
    }

    @Test
    void evictsTheIdleAdapterOfLeastValue() {
        assertPlan(
                new ResidencySketch(0)
                        .idle("a", 4, 0.3)
                        .idle("b", 4, 0.1)
                        .inUse("c", 4, 0)
                        .pinned("d", 4)
                        .waiting("new", 4, 0),
                List.of("b"),
                List.of(),
                List.of("new"));
    }

    @Test
    void valueCountsPerByte() {
        assertPlan(
                new ResidencySketch(0)
                        .idle("small", 4, 0.3)
                        .idle("large", 8, 0.8)
                        .waiting("new", 4, 0),
                List.of("small"),
                List.of(),
                List.of("new"));
        assertPlan(
                new ResidencySketch(0)
                        .idle("small", 4, 0.3)
                        .idle("large", 8, 0.4)
                        .waiting("new", 4, 0),
                List.of("large"),
                List.of(),
                List.of("new"));
    }

    @Test
    void amongEqualsTheOneThatHasBeenResidentLongestGoes() {
        assertPlan(
                new ResidencySketch(0)
                        .idle("a", 4, 0.1, 20)
                        .idle("b", 4, 0.1, 30)
                        .idle("c", 4, 0.1, 10)
                        .waiting("new", 4, 0),
                List.of("b"),
                List.of(),
                List.of("new"));
    }

    @Test
    void anAdapterThatAnotherMakesNeedlessStays() {
        assertPlan(
                new ResidencySketch(0)
                        .idle("small", 2, 0.1)
                        .idle("large", 8, 0.8)
                        .waiting("new", 8, 0),
                List.of("large"),
                List.of(),
                List.of("new"));
    }

    /** The bytes beyond the need are there for the next load. */
    @Test
    void aLargeAdapterOfLessValueGoesBeforeASmallOne() {
        assertPlan(
                new ResidencySketch(0)
                        .idle("large", 100, 20)
                        .idle("small", 10, 3)
                        .waiting("new", 10, 0),
                List.of("large"),
                List.of(),
                List.of("new"));
    }

    @Test
    void theOldestRequestIsLoadedForFirst() {
        assertPlan(
                new ResidencySketch(8)
                        .waiting("young", 4, 1)
                        .waiting("old", 4, 3)
                        .pinnedAbsent("pinned", 4),
                List.of(),
                List.of(),
                List.of("old"));
    }

    @Test
    void noMoreAreLoadedAtOnceThanTheLimit() {
        assertPlan(
                new ResidencySketch(20)
                        .settings(3, 5)
                        .loading("a", 4)
                        .waiting("b", 4, 3)
                        .waiting("c", 4, 2)
                        .waiting("d", 4, 1),
                List.of(),
                List.of(),
                List.of("b", "c"));
        assertPlan(
                new ResidencySketch(20).idle("e", 4, 0).loading("a", 4).waiting("b", 24, 3),
                List.of(),
                List.of(),
                List.of());
    }

    @Test
    void pinnedAdaptersComeAfterThoseThatRequestsWaitFor() {
        assertPlan(
                new ResidencySketch(0)
                        .settings(2, 5)
                        .idle("a", 4, 0.2)
                        .idle("b", 4, 0.1)
                        .pinnedAbsent("pinned", 4)
                        .waiting("new", 4, 0),
                List.of("b", "a"),
                List.of(),
                List.of("new", "pinned"));
    }

    @Test
    void noAdapterInUseIsClosedForAPinnedOne() {
        assertPlan(
                new ResidencySketch(0).settings(1, 0).inUse("a", 4, 0).pinnedAbsent("pinned", 4),
                List.of(),
                List.of(),
                List.of());
    }

    @Test
    void aSmallAdapterOvertakesALargeOneThatDoesNotFitYet() {
        assertPlan(
                new ResidencySketch(4)
                        .inUse("a", 4, 1)
                        .waiting("large", 8, 4.9)
                        .waiting("small", 4, 1),
                List.of(),
                List.of(),
                List.of("small"));
    }

    @Test
    void noAdapterIsEvictedWithinItsOwnLoadTime() {
        assertPlan(
                new ResidencySketch(0)
                        .idle("fresh", 4, 0, 0.9)
                        .idle("settled", 4, 0.5, 1)
                        .waiting("new", 4, 0),
                List.of("settled"),
                List.of(),
                List.of("new"));
        assertPlan(
                new ResidencySketch(0).idle("fresh", 4, 0, 0.9).waiting("new", 4, 4.9),
                List.of(),
                List.of(),
                List.of());
    }

    @Test
    void anOverdueRequestEvictsAFreshAdapterIfSettledOnesDoNotSuffice() {
        assertPlan(
                new ResidencySketch(0)
                        .idle("fresh", 4, 0, 0.9)
                        .idle("settled", 4, 0.5)
                        .waiting("new", 4, 5),
                List.of("settled"),
                List.of(),
                List.of("new"));
        assertPlan(
                new ResidencySketch(0)
                        .idle("fresh", 4, 0, 0.9)
                        .idle("settled", 2, 0.5)
                        .waiting("new", 4, 5),
                List.of("fresh"),
                List.of(),
                List.of("new"));
    }

    @Test
    void anAdapterThatCanNeverFitIsNamedAndHoldsNobodyUp() {
        var plan =
                new ResidencySketch(2)
                        .pinned("pinned", 4)
                        .idle("idle", 4, 1)
                        .leaving("leaving", 4)
                        .waiting("never", 11, 9)
                        .waiting("new", 6, 1)
                        .plan();
        assertThat(plan.impossible()).containsExactly("never");
        assertThat(plan.load()).containsExactly("new");
        assertThat(plan.evict()).containsExactly("idle");
    }

    static void assertPlan(
            ResidencySketch memory, List<String> evict, List<String> close, List<String> load) {
        var plan = memory.plan();
        assertThat(plan.evict()).isEqualTo(evict);
        assertThat(plan.close()).isEqualTo(close);
        assertThat(plan.load()).isEqualTo(load);
        assertThat(plan.impossible()).isEmpty();
    }
}
