package org.dlora.scheduling.residency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.dlora.scheduling.residency.KvTarget.Cause;
import org.junit.jupiter.api.Test;

/**
 * Why a KV cache changes its size. It has 100 blocks of 1 MB: 10 are free, 30 cached, 60 held, and
 * 20 stay.
 */
class KvTargetTest {
    private static final long MB = 1 << 20;
    private static final double NOW = 100;

    @Test
    void adaptersTakeFreeBlocksFirst() {
        var target = target(kv(false), 8, 1);
        assertThat(target.blocks()).isEqualTo(92);
        assertThat(target.cause()).isEqualTo(Cause.FREE_BLOCKS);
        assertThat(target.why()).isEqualTo("gives up 8 free blocks for a");
    }

    @Test
    void cachedPrefixesGoAfterFreeBlocks() {
        var target = target(kv(false), 25, 1);
        assertThat(target.blocks()).isEqualTo(75);
        assertThat(target.cause()).isEqualTo(Cause.CACHED_PREFIXES);
        assertThat(target.why()).startsWith("gives up 10 free blocks for a, 15 cached prefixes");
    }

    @Test
    void overdueRequestsTakeBlocksOfSequencesAsTheseEnd() {
        var target = target(kv(false), 60, 6);
        assertThat(target.blocks()).isEqualTo(40);
        assertThat(target.cause()).isEqualTo(Cause.HELD_BLOCKS);
        assertThat(target.why()).contains("20 blocks of sequences, as these end for a");
    }

    @Test
    void cacheThatIsShortGrowsIntoFreeMemory() {
        var plan =
                plan(new ResidencySnapshot(NOW, 40 * MB, List.of(), List.of(kv(true)), limits()));
        assertThat(plan.kv())
                .singleElement()
                .matches(target -> target.blocks() == 125 && target.cause() == Cause.SHORT);
    }

    /** Returns what a load of {@code size} MB takes, whose request has waited for some seconds. */
    private static KvTarget target(KvStanding kv, long size, double waited) {
        var adapter =
                new AdapterStanding(
                        "a", size * MB, 1, Residence.ABSENT, 0, false, 0, 1, NOW - waited, 1);
        var plan = plan(new ResidencySnapshot(NOW, 0, List.of(adapter), List.of(kv), limits()));
        assertThat(plan.kv()).hasSize(1);
        return plan.kv().getFirst();
    }

    private static ResidencyPlan plan(ResidencySnapshot snapshot) {
        return new CostAwareResidency().plan(snapshot);
    }

    private static ResidencySettings limits() {
        return new ResidencySettings(1, 5);
    }

    private static KvStanding kv(boolean isShort) {
        return new KvStanding("0", MB, 100, 0, 10, 30, 20, 200, 0, isShort, 1, 0);
    }
}
