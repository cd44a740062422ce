package org.dlora.scheduling.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.dlora.scheduling.placement.PlacementSketch.MB;

import java.util.Set;
import org.junit.jupiter.api.Test;

/** The placement by example, with burst tolerances computed by hand. */
class BurstPlacementTest {
    private final PlacementSketch cluster = new PlacementSketch();

    @Test
    void adaptersAreSpreadOverTheMemories() {
        // A second copy of a or b would need 60 of the 100 MB that are left for KV.
        cluster.memory("m1", 160, 0).memory("m2", 160, 0);
        cluster.settings(0.05, 1).adapter("a", 60, 0.5).adapter("b", 60, 0.5);
        var plan = cluster.plan();
        assertThat(PlacementSketch.changes(plan)).containsExactly("+a@m1", "+b@m2");
        assertThat(plan.toleranceBefore()).isZero();
        assertThat(plan.toleranceAfter()).isCloseTo(100 / 0.5 * MB, within(1.0));
    }

    @Test
    void hotAdapterGetsCopiesWhileTheToleranceGrows() {
        // hot alone: 90 / 0.8 = 112; on two memories 180 / 0.8 = 225, on three 270 / 0.8 = 337.
        // cold beside it in m2: 80 / 0.2 = 400 MB.
        cluster.memory("m1", 100, 0).memory("m2", 100, 0).memory("m3", 100, 0);
        cluster.adapter("hot", 10, 0.8, "m1").adapter("cold", 10, 0.2, "m2");
        var plan = cluster.plan();
        assertThat(PlacementSketch.changes(plan)).containsExactly("+hot@m2", "+hot@m3");
        assertThat(plan.toleranceBefore()).isCloseTo(90 / 0.8 * MB, within(1.0));
        assertThat(plan.toleranceAfter()).isCloseTo((90 + 80 + 90) / 0.8 * MB, within(1.0));
    }

    @Test
    void copyThatGainsTooLittleIsNotMade() {
        // One copy: 100 / 0.9 = 111; two copies: (100 + 8) / 0.9 = 120, 8 % more.
        cluster.memory("m1", 110, 0).memory("m2", 18, 0).adapter("a", 10, 0.9, "m1");
        assertThat(cluster.settings(0.05, 99).changes()).containsExactly("+a@m2");
        assertThat(cluster.settings(0.10, 99).changes()).isEmpty();
    }

    @Test
    void copyThatCostsOthersMoreThanItGainsIsNotMade() {
        // a has 40 / 0.3 = 133. A copy in m2 would leave b (100 - 35 - 60) / 0.4 = 12 instead of
        // 162, and with one of b in m1 too both would have 5 + 5.
        cluster.memory("m1", 100, 0).memory("m2", 100, 0);
        cluster.adapter("a", 60, 0.3, "m1").adapter("b", 35, 0.4, "m2");
        assertThat(cluster.changes()).isEmpty();
    }

    @Test
    void adaptersThatAreEquallyTightGetCopiesTogether() {
        // One copy of either leaves the other at 90 / 0.5 or less; both: 2 · 80 / 0.5.
        cluster.memory("m1", 100, 0).memory("m2", 100, 0);
        cluster.adapter("a", 10, 0.5, "m1").adapter("b", 10, 0.5, "m2");
        var plan = cluster.plan();
        assertThat(PlacementSketch.changes(plan)).containsExactly("+a@m2", "+b@m1");
        assertThat(plan.toleranceAfter()).isCloseTo(2 * 80 / 0.5 * MB, within(1.0));
    }

    @Test
    void adapterIsCopiedOutOfTheWayOfAnotherIfBothGain() {
        // 40 / 0.3 = 133 and 90 / 0.4 = 225 become 60 / 0.3 = 200 and 60 / 0.4 = 150.
        cluster.memory("m1", 100, 0).memory("m2", 100, 0);
        cluster.adapter("a", 60, 0.3, "m1").adapter("b", 10, 0.4, "m2");
        var plan = cluster.plan();
        assertThat(PlacementSketch.changes(plan)).containsExactly("+b@m1", "+a@m2");
        assertThat(plan.toleranceAfter()).isCloseTo(60 / 0.4 * MB, within(1.0));
    }

    @Test
    void barredMemoryGetsNoCopyAndOthersDo() {
        cluster.memory("m1", 100, 0).memory("m2", 100, 0).memory("m3", 100, 0);
        cluster.adapter(new AdapterDemand("a", MB, 0.9, Set.of("m1"), Set.of("m2"), false, 2, 1));
        assertThat(cluster.changes()).containsExactly("+a@m3");
    }

    @Test
    void adapterThatIsBarredWhereItFitsStaysOnDemandAndMakesNoRoom() {
        cluster.memory("m1", 100, 60).memory("m2", 10, 0);
        cluster.adapter(new AdapterDemand("a", 30 * MB, 0.9, Set.of(), Set.of("m1"), false, 2, 1));
        var plan = cluster.plan();
        assertThat(plan.isEmpty()).isTrue();
        assertThat(plan.onDemand())
                .singleElement()
                .satisfies(one -> assertThat(one.why()).contains("evicted or moved by hand"));
    }

    @Test
    void noAdapterGetsMoreCopiesThanTheSetting() {
        cluster.memory("m1", 100, 0).memory("m2", 100, 0).memory("m3", 100, 0);
        cluster.adapter("a", 1, 0.9, "m1");
        assertThat(cluster.settings(0.05, 2).changes()).containsExactly("+a@m2");
    }

    @Test
    void kvKeepsItsLeast() {
        cluster.memory("m1", 100, 95).memory("m2", 100, 50).adapter("a", 10, 0.5);
        assertThat(cluster.changes()).containsExactly("+a@m2");
    }

    @Test
    void adapterWithoutRoomStaysOnDemand() {
        cluster.memory("m1", 100, 60).adapter("a", 30, 0.5).adapter("b", 20, 0.4);
        var plan = cluster.plan();
        assertThat(PlacementSketch.changes(plan)).containsExactly("+a@m1");
        assertThat(plan.onDemand())
                .containsExactly(
                        new PlacementPlan.OnDemand(
                                "b",
                                "is loaded on demand: it needs 20.0 MB, a memory has at most 10.0 MB beside the least KV"));
    }

    @Test
    void adapterThatIsHardlyAskedForIsNotPlaced() {
        cluster.memory("m1", 100, 0).adapter("a", 1, 0.009);
        var plan = cluster.plan();
        assertThat(plan.isEmpty()).isTrue();
        assertThat(plan.onDemand()).isEmpty();
        assertThat(plan.toleranceAfter()).isInfinite();
    }

    @Test
    void furtherCopiesMakeRoomForAnAdapterWithoutAny() {
        cluster.memory("m1", 100, 60).memory("m2", 100, 60);
        cluster.adapter("a", 30, 0.6, "m1", "m2").adapter("b", 20, 0.4);
        var plan = cluster.plan();
        assertThat(PlacementSketch.changes(plan)).containsExactly("-a@m1", "+b@m1");
        assertThat(plan.give().getFirst().why())
                .isEqualTo("makes room for b, of which no memory has a copy");
    }

    @Test
    void pinnedCopiesAndLastCopiesMakeNoRoom() {
        cluster.memory("m1", 100, 60).memory("m2", 100, 60).memory("m3", 100, 60);
        cluster.pinned("a", 30, 0.5, "m1", "m2").adapter("c", 30, 0.1, "m3");
        cluster.adapter("b", 20, 0.4);
        assertThat(cluster.changes()).isEmpty();
    }

    @Test
    void fadedAdapterGivesItsMemoryBackUnlessItIsPinned() {
        cluster.memory("m1", 100, 0).adapter("a", 10, 0.9, "m1");
        cluster.adapter("old", 10, 0.004, "m1").pinned("kept", 10, 0, "m1");
        var plan = cluster.plan();
        assertThat(PlacementSketch.changes(plan)).containsExactly("-old@m1");
        assertThat(plan.give().getFirst().why())
                .isEqualTo("0.40 % of requests ask for it, less than 0.50 %");
        assertThat(plan.toleranceAfter()).isCloseTo(80 / 0.9 * MB, within(1.0));
    }

    @Test
    void pinnedAdapterThatHardlyAnyoneAsksForIsNoBottleneck() {
        // The tolerance of "old" is 1 / 0.004 = 250, that of "a" is 90 / 0.3 = 300.
        cluster.memory("m1", 100, 0).memory("m2", 11, 0);
        cluster.adapter("a", 10, 0.3, "m1").pinned("old", 10, 0.004, "m2");
        assertThat(cluster.plan().toleranceAfter()).isCloseTo(90 / 0.3 * MB, within(1.0));
    }

    @Test
    void adapterBetweenBothSharesIsNeitherPlacedNorGivenBack() {
        cluster.memory("m1", 100, 0).adapter("a", 10, 0.007, "m1").adapter("b", 10, 0.007);
        assertThat(cluster.changes()).isEmpty();
    }

    @Test
    void driftOfPopularityGivesMemoryBack() {
        // With a in both, b has (100 - 40 - 10) / 0.9 = 55; without a in m2 it has 100. Its copy
        // in m1 could go as well, but nothing would gain.
        cluster.memory("m1", 100, 0).memory("m2", 100, 0);
        cluster.adapter("a", 40, 0.1, "m1", "m2").pinned("b", 10, 0.9, "m2");
        cluster.settings(0.05, 1);
        var plan = cluster.plan();
        assertThat(PlacementSketch.changes(plan)).containsExactly("-a@m2");
        assertThat(plan.toleranceAfter()).isCloseTo(90 / 0.9 * MB, within(1.0));
        assertThat(plan.give().getFirst().why())
                .isEqualTo(
                        "the bursts of others need the memory: without the copy its tolerance is 600.0 MB, the least of all is 100.0 MB");
    }

    @Test
    void copyThatIsMadeIsKeptWhileItsShareVariesALittle() {
        cluster.memory("m1", 100, 0).memory("m2", 100, 0);
        cluster.adapter("a", 2, 0.50, "m1").adapter("b", 2, 0.40, "m2");
        var made = PlacementSketch.applied(cluster.snapshot(), cluster.plan());
        assertThat(made.adapters().getFirst().hosts()).containsExactlyInAnyOrder("m1", "m2");
        for (double share = 0.50; share >= 0.30; share -= 0.02) {
            var drifted = new PlacementSketch().memory("m1", 100, 0).memory("m2", 100, 0);
            drifted.adapter("a", 2, share, "m1", "m2").adapter("b", 2, 0.90 - share, "m2");
            assertThat(drifted.plan().give()).isEmpty();
        }
    }

    @Test
    void copiesComeFromAMemoryUnlessTheDiskIsFaster() {
        cluster.memory("m1", 100, 0).memory("m2", 100, 0);
        cluster.adapter(new AdapterDemand("near", MB, 0.45, Set.of("m1"), Set.of(), false, 2, 1));
        cluster.adapter(new AdapterDemand("far", MB, 0.45, Set.of("m1"), Set.of(), false, 2, 3));
        assertThat(cluster.plan().copy())
                .hasSize(2)
                .anySatisfy(copy -> {
                    assertThat(copy.adapter()).isEqualTo("near");
                    assertThat(copy.source()).isEqualTo("m1");
                    assertThat(copy.seconds()).isEqualTo(1);
                })
                .anySatisfy(copy -> {
                    assertThat(copy.adapter()).isEqualTo("far");
                    assertThat(copy.source()).isNull();
                    assertThat(copy.seconds()).isEqualTo(2);
                });
    }

    @Test
    void secondCopyOfAnAdapterThatNoMemoryHasComesFromDiskToo() {
        cluster.memory("m1", 100, 0).memory("m2", 100, 0).adapter("a", 1, 0.9);
        assertThat(cluster.plan().copy())
                .hasSize(2)
                .allSatisfy(copy -> assertThat(copy.source()).isNull());
    }

    @Test
    void amongSimilarlyRoomyMemoriesTheOneWithFewestArrivalsIsChosen() {
        cluster.memory("m1", 100, 0).memory("m2", 99, 0).settings(0.05, 1);
        cluster.adapter("hot", 1, 0.6, "m1").adapter("warm", 1, 0.2, "m2").adapter("new", 1, 0.1);
        assertThat(cluster.changes()).containsExactly("+new@m2");
    }

    @Test
    void memoryWithoutReplicasAndReservedBytesAreLeftAlone() {
        cluster.memory(new HostMemory("m1", 0, 900 * MB, 0, 0));
        cluster.memory(new HostMemory("m2", 1, 100 * MB, 0, 40 * MB));
        cluster.adapter("a", 10, 0.5, "m1");
        var plan = cluster.plan();
        assertThat(PlacementSketch.changes(plan)).containsExactly("+a@m2");
        assertThat(plan.copy().getFirst().source()).isEqualTo("m1");
        assertThat(plan.toleranceAfter()).isCloseTo(50 / 0.5 * MB, within(1.0));
    }

    @Test
    void copiesAreExplained() {
        cluster.memory("m1", 100, 0).memory("m2", 100, 0);
        cluster.adapter("a", 10, 0.5, "m1").adapter("b", 10, 0.25);
        assertThat(cluster.plan().copy())
                .extracting(PlacementPlan.Copy::why)
                .containsExactly(
                        "50.0 % of requests ask for it, and with fewer copies KV memory limits its bursts first: its tolerance grows from 180.0 MB to 340.0 MB",
                        "25.0 % of requests ask for it, and no memory has it");
    }

    @Test
    void emptyClusterHasAnEmptyPlan() {
        assertThat(cluster.plan().isEmpty()).isTrue();
        assertThat(cluster.adapter("a", 1, 0.5).plan().onDemand()).hasSize(1);
    }

    @Test
    void valuesThatCannotBeAreRefused() {
        assertThatThrownBy(() -> cluster.adapter("a", 0, 0.5))
                .hasMessage(
                        "Adapter a has 0 bytes and a share of 0.5: expected at least 1 byte and a share from 0 to 1");
        assertThatThrownBy(() -> cluster.memory("m", -1, 0))
                .hasMessageStartingWith("Memory m has 1 replicas, -1048576 bytes");
        assertThatThrownBy(() -> new PlacementSettings(0, 1, 0.1, 0.2))
                .hasMessage(
                        "Adapters are placed from a share of 0.1 on and kept down to 0.2: expected 0 < kept <= placed <= 1");
        assertThatThrownBy(() -> new PlacementSettings(0, 0, 0.1, 0.1))
                .hasMessageContaining("0 copies");
    }
}
