package org.dlora.scheduling.residency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlora.scheduling.residency.CostAwareResidencyTest.assertPlan;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests of requests that have waited for {@code maxWait}. */
class OverdueResidencyTest {
    @Test
    void noAdapterInUseIsClosedBeforeARequestIsOverdue() {
        assertPlan(
                new ResidencySketch(0).inUse("a", 4, 0).waiting("new", 4, 4.9),
                List.of(),
                List.of(),
                List.of());
    }

    @Test
    void closesTheAdapterInUseOfLeastValue() {
        assertPlan(
                new ResidencySketch(0)
                        .inUse("a", 4, 0.3)
                        .inUse("b", 4, 0.1)
                        .inUse("c", 4, 0.2)
                        .waiting("new", 4, 5),
                List.of(),
                List.of("b"),
                List.of());
    }

    @Test
    void idleAdaptersGoBeforeAnyInUse() {
        assertPlan(
                new ResidencySketch(0).inUse("a", 4, 0).idle("b", 4, 0.5).waiting("new", 4, 5),
                List.of("b"),
                List.of(),
                List.of("new"));
    }

    @Test
    void bytesOfLeavingAdaptersCount() {
        assertPlan(
                new ResidencySketch(1).inUse("a", 4, 0).leaving("b", 3).waiting("new", 4, 5),
                List.of(),
                List.of(),
                List.of());
        assertPlan(
                new ResidencySketch(0)
                        .inUse("a", 4, 0)
                        .inUse("c", 4, 1)
                        .leaving("b", 3)
                        .waiting("new", 4, 5),
                List.of(),
                List.of("a"),
                List.of());
    }

    @Test
    void anIdleAdapterWhoseTurnToLeaveHasComeIsEvictedAtOnce() {
        assertPlan(
                new ResidencySketch(0).inUse("a", 4, 0).idle("b", 2, 1).waiting("new", 6, 5),
                List.of("b"),
                List.of("a"),
                List.of());
        assertPlan(
                new ResidencySketch(0)
                        .inUse("a", 4, 0)
                        .idle("b", 2, 1)
                        .loading("c", 1)
                        .waiting("new", 6, 5),
                List.of(),
                List.of("a"),
                List.of());
    }

    @Test
    void anIdleAdapterStaysWhereTheClosedOnesSuffice() {
        assertPlan(
                new ResidencySketch(0).inUse("a", 8, 0).idle("b", 2, 1).waiting("new", 6, 5),
                List.of(),
                List.of("a"),
                List.of());
    }

    @Test
    void adaptersWithinTheirLoadTimeAreClosedOnlyIfNoOthersAreLeft() {
        assertPlan(
                new ResidencySketch(0)
                        .inUse("fresh", 4, 0, 0.5)
                        .inUse("settled", 4, 1)
                        .waiting("new", 4, 5),
                List.of(),
                List.of("settled"),
                List.of());
        assertPlan(
                new ResidencySketch(0)
                        .inUse("fresh", 4, 0, 0.5)
                        .inUse("settled", 4, 1)
                        .waiting("new", 8, 5),
                List.of(),
                List.of("settled", "fresh"),
                List.of());
    }

    @Test
    void memoryIsKeptForAnOverdueAdapterAndOthersLoadInWhatIsLeft() {
        assertPlan(
                new ResidencySketch(5)
                        .leaving("a", 4)
                        .idle("b", 2, 1)
                        .waiting("large", 9, 5)
                        .waiting("small", 1, 0),
                List.of("b"),
                List.of(),
                List.of("small"));
        assertPlan(
                new ResidencySketch(5)
                        .leaving("a", 4)
                        .idle("b", 2, 1)
                        .waiting("large", 10, 5)
                        .waiting("small", 1, 0),
                List.of("b"),
                List.of(),
                List.of());
    }

    /** Bytes of adapters that leave later would make it wait for all that are closed for others. */
    @Test
    void freeBytesAreKeptForAnOverdueAdapterEvenIfThoseThatLeaveSuffice() {
        assertPlan(
                new ResidencySketch(5)
                        .leaving("a", 4)
                        .leaving("b", 4)
                        .waiting("large", 8, 5)
                        .waiting("small", 5, 0),
                List.of(),
                List.of(),
                List.of());
    }

    @Test
    void roomIsMadeForAsManyOverdueAdaptersAsLoadWithinTheWait() {
        var memory = new ResidencySketch(0).settings(1, 2);
        for (int i = 0; i < 9; i++) {
            memory.inUse("used-" + i, 4, i).waiting("new-" + i, 4, 10 - i);
        }
        assertPlan(memory, List.of(), List.of("used-0", "used-1", "used-2"), List.of());
    }

    @Test
    void closedAdaptersAreNotCountedForTheNextOne() {
        assertPlan(
                new ResidencySketch(0)
                        .inUse("a", 6, 0)
                        .inUse("b", 4, 1)
                        .waiting("first", 4, 9)
                        .waiting("second", 2, 8)
                        .waiting("third", 4, 7),
                List.of(),
                List.of("a", "b"),
                List.of());
    }

    @Test
    void noAdapterIsClosedWhereLoadingOnesHoldTheMissingBytes() {
        assertPlan(
                new ResidencySketch(2)
                        .settings(2, 5)
                        .loading("a", 4)
                        .inUse("b", 4, 0)
                        .waiting("new", 8, 5)
                        .waiting("small", 1, 1),
                List.of(),
                List.of(),
                List.of());
    }

    @Test
    void anAdapterThatFitsOnlyAfterOlderOnesClosesNobodyAndIsOvertaken() {
        assertPlan(
                new ResidencySketch(0)
                        .inUse("a", 6, 0)
                        .inUse("b", 2, 2)
                        .inUse("c", 2, 1)
                        .waiting("first", 6, 9)
                        .waiting("second", 6, 8)
                        .waiting("third", 2, 7),
                List.of(),
                List.of("a", "c"),
                List.of());
    }

    @Test
    void aClosedAdapterIsNotLoadedBeforeItIsAbsent() {
        var memory = new ResidencySketch(9).leavingWanted("a", 4, 8);
        assertThat(memory.plan().isEmpty()).isTrue();
        assertThat(memory.reasons())
                .containsEntry(
                        "a",
                        "1 request has waited 8.0 s: it makes room for another, 2 requests running, and is loaded again after that");
    }

    @Test
    void pinnedAdaptersAreNeverClosed() {
        assertThat(
                        new ResidencySketch(0)
                                .pinned("pinned", 8)
                                .inUse("a", 4, 0)
                                .waiting("new", 4, 9)
                                .plan()
                                .close())
                .containsExactly("a");
    }
}
