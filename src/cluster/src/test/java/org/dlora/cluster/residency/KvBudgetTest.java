package org.dlora.cluster.residency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryUse;
import org.dlora.engine.KvMemory;
import org.dlora.engine.KvStatus;
import org.dlora.scheduling.KvCounts;
import org.dlora.scheduling.residency.KvTarget;
import org.junit.jupiter.api.Test;

/** The books of a KV cache that gives memory up and takes it again. */
class KvBudgetTest {
    private static final int BLOCK = 10;

    private final MemoryLedger ledger = new MemoryLedger(1200);
    private final ScriptedKv kv = new ScriptedKv();
    private final AtomicInteger changes = new AtomicInteger();
    private final KvShare share =
            new KvShare("0", kv, ledger.reserve(MemoryUse.KV_CACHE, 100 * BLOCK), 20);

    /** A KV cache of 100 blocks that changes its size when the test says so. */
    private static final class ScriptedKv implements KvMemory {
        private final Deque<CompletableFuture<Void>> pending = new ArrayDeque<>();
        private int total = 100;
        private int waiting;
        private long lost;
        private Runnable progress = () -> {};

        @Override
        public boolean isElastic() {
            return true;
        }

        @Override
        public KvStatus status() {
            var counts = new KvCounts(total, 100, 8, 3, 2, waiting, 0, lost);
            return new KvStatus(counts, (long) total * BLOCK, BLOCK, BLOCK, 0.5);
        }

        @Override
        public CompletableFuture<Void> resize(int blocks, Runnable told) {
            progress = told;
            pending.add(new CompletableFuture<>());
            return pending.getLast();
        }

        void reach(int blocks, boolean ended) {
            total = blocks;
            progress.run();
            if (ended) {
                pending.remove().complete(null);
            }
        }
    }

    private void begin(int blocks) {
        share.begin(
                new KvTarget("0", blocks, KvTarget.Cause.FREE_BLOCKS, "a test"),
                7,
                this,
                changes::incrementAndGet);
    }

    private long taken() {
        return ledger.taken(MemoryUse.KV_CACHE);
    }

    @Test
    void bytesAreFreeOnlyOnceBlocksHaveGone() {
        assertThat(share.sparable()).isEqualTo(800);
        begin(60);
        assertThat(share.isShrinking()).isTrue();
        assertThat(taken()).isEqualTo(1000);
        assertThat(share.standing(0, 10))
                .matches(standing -> standing.blocks() == 60 && standing.leaving() == 40);
        kv.reach(80, false);
        assertThat(taken()).isEqualTo(800);
        kv.reach(60, true);
        assertThat(taken()).isEqualTo(600);
        assertThat(changes).hasValueGreaterThan(1);
        assertThat(share.isShrinking()).isFalse();
        assertThat(share.isSmall()).isTrue();
    }

    @Test
    void bytesAreReservedBeforeBlocksComeBack() {
        begin(60);
        kv.reach(60, true);
        begin(90);
        assertThat(taken()).isEqualTo(900);
        kv.reach(70, false);
        assertThat(taken()).isEqualTo(900);
        kv.reach(90, true);
        assertThat(taken()).isEqualTo(900);
    }

    @Test
    void blocksForWhichThereIsNoMemoryDoNotComeBack() {
        begin(60);
        kv.reach(60, true);
        ledger.reserve(MemoryUse.ADAPTERS, 500);
        begin(90);
        assertThat(kv.pending).isEmpty();
        assertThat(taken()).isEqualTo(600);
    }

    @Test
    void aLaterChangeTakesThePlaceOfTheOneBefore() {
        begin(60);
        begin(40);
        kv.reach(80, true);
        assertThat(share.isShrinking()).isTrue();
        kv.reach(40, true);
        assertThat(taken()).isEqualTo(400);
        assertThat(share.isShrinking()).isFalse();
    }

    @Test
    void aCacheThatHasBegunAnewIsBookedAndItsLastChangeForgotten() {
        begin(60);
        kv.total = 30;
        share.restarted();
        assertThat(taken()).isEqualTo(300);
        assertThat(share.isShrinking()).isFalse();
        assertThat(share.standing(0, 10).blocks()).isEqualTo(30);
        kv.total = 90;
        kv.pending.remove().complete(null);
        assertThat(taken()).isEqualTo(300);
    }

    @Test
    void cacheIsShortAfterAPreemptionUntilItsSizeChanges() {
        assertThat(share.standing(0, 10).isShort()).isFalse();
        kv.lost = 40;
        assertThat(share.standing(1, 10).isShort()).isTrue();
        assertThat(share.standing(1, 10).loss()).isPositive();
        begin(90);
        kv.reach(90, true);
        assertThat(share.standing(1, 10).isShort()).isFalse();
        kv.waiting = 1;
        assertThat(share.standing(1, 10).isShort()).isTrue();
    }
}
