package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BlockPoolTest {

    @Property(tries = 200)
    void countsExactlyAndNeverHandsOutABlockTwice(
            @ForAll @IntRange(min = 1, max = 20) int blocks, @ForAll long seed) {
        var random = new Random(seed);
        var pool = new BlockPool(blocks, new PrefixHash(1));
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

    @Test
    void refusesToFreeABlockTwice() {
        var pool = new BlockPool(2, new PrefixHash(1));
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
        var pool = new BlockPool(1, new PrefixHash(1));
        pool.take();
        assertThatIllegalStateException()
                .isThrownBy(pool::take)
                .withMessageContaining("All 1 KV blocks");
    }

    @Test
    void aTableCoversPositionsAndReleasesAll() {
        var pool = new BlockPool(10, new PrefixHash(1));
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
