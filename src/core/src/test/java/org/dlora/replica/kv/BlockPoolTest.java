package org.dlora.replica.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.dlora.replica.request.PrefixOwner;
import org.junit.jupiter.api.Test;

class BlockPoolTest {
    private static final PrefixRoot ROOT = PrefixRoot.of(1, "", PrefixOwner.SHARED);

    @Property(tries = 200)
    void countsExactlyAndNeverHandsOutABlockTwice(
            @ForAll @IntRange(min = 1, max = 20) int blocks, @ForAll long seed) {
        var random = new Random(seed);
        var pool = new BlockPool(blocks);
        List<Integer> held = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            if (pool.available() > 0 && random.nextBoolean()) {
                held.add(pool.take());
            } else if (!held.isEmpty()) {
                Collections.shuffle(held, random);
                pool.give(held.removeLast());
            }
            assertThat(pool.available()).isEqualTo(blocks - held.size());
            assertThat(new HashSet<>(held)).hasSameSizeAs(held);
            assertThat(held)
                    .allMatch(block -> block >= 0 && block < blocks && pool.holders(block) == 1);
        }
    }

    @Property(tries = 300)
    void aBlockIsFreeHeldCachedOrWithheldAndOnlyTheHeldOnesStay(@ForAll long seed) {
        var random = new Random(seed);
        var pool = new BlockPool(12);
        List<BlockTable> tables = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            switch (random.nextInt(5)) {
                case 0, 1 -> {
                    var tokens = new TokenIds(random.ints(40, 0, 2).toArray());
                    var table = new BlockTable();
                    var known = pool.longestPrefix(ROOT, tokens, 2, false, null);
                    if (known != null) {
                        table.begin(known, pool);
                    }
                    if (pool.available() >= 3 - table.size()) {
                        table.cover(40, pool);
                        table.publish(ROOT, tokens, 40, 40, pool);
                    }
                    tables.add(table);
                }
                case 2 -> {
                    if (!tables.isEmpty()) {
                        tables.remove(random.nextInt(tables.size())).release(pool);
                    }
                }
                case 3 -> {
                    int count = random.nextInt(pool.available() + 1);
                    int cached = Math.max(0, count - (pool.available() - pool.cached()));
                    int before = pool.cached();
                    assertThat(pool.withhold(count)).hasSize(count).doesNotHaveDuplicates();
                    assertThat(before - pool.cached()).isEqualTo(cached);
                }
                default -> {
                    int count = random.nextInt(pool.withheld().size() + 1);
                    assertThat(pool.restore(count)).hasSize(count);
                }
            }
            pool.verify();
            assertThat(pool.total()).isEqualTo(12 - pool.withheld().size());
            var withheld = pool.withheld();
            tables.forEach(table -> {
                for (int block : table.toArray()) {
                    assertThat(withheld).doesNotContain(block);
                }
            });
        }
    }

    @Test
    void freeBlocksAreWithheldFromTheTopAndRestoredFromTheBottom() {
        var pool = new BlockPool(6);
        assertThat(pool.take()).isZero();
        assertThat(pool.withhold(2)).containsExactly(4, 5);
        assertThat(pool.withhold(1)).containsExactly(3);
        assertThat(pool.total()).isEqualTo(3);
        assertThat(pool.restore(2)).containsExactly(3, 4);
        assertThat(pool.take()).isOne();
        assertThatIllegalStateException()
                .isThrownBy(() -> pool.withhold(4))
                .withMessageContaining("4 blocks to withhold, of 3");
        assertThatIllegalStateException()
                .isThrownBy(() -> pool.restore(2))
                .withMessageContaining("2 blocks to restore, of 1");
    }

    @Test
    void theLeastRecentlyUsedPrefixIsWithheldFirst() {
        var pool = new BlockPool(3);
        var old = prefix(pool, 1);
        var young = prefix(pool, 2);
        pool.withhold(2);
        assertThat(pool.longestPrefix(ROOT, old, 1, false, null)).isNull();
        assertThat(pool.longestPrefix(ROOT, young, 1, false, null)).isNotNull();
        assertThat(pool.cached()).isOne();
        assertThat(pool.foundBlocks()).isZero();
    }

    private static TokenIds prefix(BlockPool pool, int token) {
        var tokens = new int[16];
        Arrays.fill(tokens, token);
        var ids = new TokenIds(tokens);
        var table = new BlockTable();
        table.cover(16, pool);
        table.publish(ROOT, ids, 16, 16, pool);
        table.release(pool);
        return ids;
    }

    @Test
    void refusesToFreeABlockTwice() {
        var pool = new BlockPool(2);
        int block = pool.take();
        pool.give(block);
        assertThatIllegalStateException()
                .isThrownBy(() -> pool.give(block))
                .withMessageContaining("not held");
        assertThatIllegalStateException()
                .isThrownBy(() -> pool.give(7))
                .withMessageContaining("block 7");
    }

    @Test
    void refusesToTakeFromAnEmptyPool() {
        var pool = new BlockPool(1);
        pool.take();
        assertThatIllegalStateException()
                .isThrownBy(pool::take)
                .withMessageContaining("All 1 KV blocks");
    }

    @Test
    void aTableCoversPositionsAndReleasesAll() {
        var pool = new BlockPool(10);
        var table = new BlockTable();
        table.cover(16, pool);
        assertThat(table.size()).isEqualTo(1);
        table.cover(17, pool);
        table.cover(100, pool);
        assertThat(table.toArray()).hasSize(7).doesNotHaveDuplicates();
        table.release(pool);
        assertThat(table.size()).isZero();
        assertThat(pool.available()).isEqualTo(10);
    }
}
