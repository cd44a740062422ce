package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.dlora.replica.kv.BlockPool;
import org.dlora.replica.kv.BlockTable;
import org.dlora.replica.kv.CachedBlock;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.kv.PrefixRoot;
import org.dlora.replica.kv.TokenIds;
import org.dlora.replica.request.PrefixOwner;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The search for a prefix finds the longest one, wherever exact and merged chains part. */
class LongestPrefixTest {
    private static final int MOST = 12;
    private static final PrefixRoot ROOT = PrefixRoot.of(1, "a", PrefixOwner.SHARED);

    private BlockPool pool = new BlockPool(1000);
    private final int[] tokens = new Random(1).ints(200, 0, 9).toArray();

    /** A sequence that computed {@code blocks} blocks, the first {@code exact} ones unmerged. */
    private record Computed(int[] tokens, int blocks, int exact) {
        int commonWith(int[] others) {
            int common = 0;
            while (common < blocks && isAlike(others, common)) {
                common++;
            }
            return common;
        }

        private boolean isAlike(int[] others, int block) {
            for (int i = block * KvBlocks.TOKENS; i < (block + 1) * KvBlocks.TOKENS; i++) {
                if (tokens[i] != others[i]) {
                    return false;
                }
            }
            return true;
        }
    }

    private BlockTable write(Computed computed) {
        var table = new BlockTable();
        int rows = computed.blocks * KvBlocks.TOKENS;
        table.cover(rows, pool);
        table.publish(
                ROOT, new TokenIds(computed.tokens), rows, computed.exact * KvBlocks.TOKENS, pool);
        return table;
    }

    private BlockTable write(int blocks, int exact) {
        return write(new Computed(tokens, blocks, exact));
    }

    private @Nullable CachedBlock find(
            int[] sought, boolean exactOnly, @Nullable CachedBlock known) {
        return pool.longestPrefix(ROOT, new TokenIds(sought), MOST, exactOnly, known);
    }

    private int depth(boolean exactOnly, @Nullable CachedBlock known) {
        return CachedBlock.depth(find(tokens, exactOnly, known));
    }

    @Test
    void anEarlierAnswerDoesNotHideALongerPrefixOfTheOtherKind() {
        write(3, 0);
        var known = find(tokens, false, null);
        write(10, 10);
        assertThat(depth(false, null)).isEqualTo(10);
        assertThat(depth(false, known)).isEqualTo(10);
    }

    @Test
    void findsMergedBlocksThatPartFromTheMiddleOfAnExactChain() {
        write(5, 1);
        write(8, 2);
        write(4, 3);
        assertThat(depth(false, null)).isEqualTo(8);
        assertThat(depth(true, null)).isEqualTo(3);
    }

    @Test
    void anEarlierAnswerDoesNotHideMergedBlocksThatPartBeforeIt() {
        write(3, 3);
        var known = find(tokens, false, null);
        write(2, 0);
        write(9, 2);
        assertThat(depth(false, known)).isEqualTo(9);
        assertThat(depth(true, known)).isEqualTo(3);
    }

    /** Otherwise a block could outlive those that its holder has in front of it. */
    @Test
    void aBlockIsSharedOnlyBehindTheSameBlocks() {
        var merged = write(3, 0);
        var mixed = write(3, 2);
        var again = write(3, 2);
        assertThat(mixed.toArray()).doesNotContain(merged.toArray());
        assertThat(again.toArray()).isEqualTo(mixed.toArray());

        merged.release(pool);
        while (pool.available() > 0) {
            pool.take();
        }
        pool.verify();
        assertThat(depth(false, null)).isEqualTo(3);
    }

    @Test
    void anEarlierAnswerThatWasEvictedIsNotGivenAgain() {
        write(2, 2).release(pool);
        var table = write(4, 4);
        var known = find(tokens, false, null);
        table.release(pool);
        pool.forget("a");
        assertThat(find(tokens, false, known)).isNull();
        write(1, 1);
        assertThat(CachedBlock.depth(find(tokens, false, known))).isEqualTo(1);
    }

    @Test
    void prefersTheExactBlocksOfOneLength() {
        write(4, 0);
        write(4, 4);
        assertThat(find(tokens, false, null)).isNotNull().returns(true, CachedBlock::isExact);
    }

    @Property(tries = 300)
    void prefixIsAsLongAsTheLongestComputedOne(@ForAll long seed) {
        var random = new Random(seed);
        pool = new BlockPool(1000);
        List<Computed> all = new ArrayList<>();
        var known = new @Nullable CachedBlock[2];
        var sought = draw(random);
        for (int i = 0; i < 12; i++) {
            int blocks = 1 + random.nextInt(MOST);
            all.add(new Computed(draw(random), blocks, random.nextInt(blocks + 1)));
            write(all.getLast());
            for (int kind = 0; kind < 2; kind++) {
                boolean exactOnly = kind == 1;
                int longest = 0;
                for (var computed : all) {
                    int usable = exactOnly ? computed.exact : computed.blocks;
                    longest = Math.max(longest, Math.min(usable, computed.commonWith(sought)));
                }
                known[kind] = find(sought, exactOnly, known[kind]);
                assertThat(CachedBlock.depth(known[kind])).isEqualTo(longest);
                assertThat(CachedBlock.depth(find(sought, exactOnly, null))).isEqualTo(longest);
            }
        }
        pool.verify();
    }

    /** Draws tokens that change to others once, if at all. */
    private static int[] draw(Random random) {
        var drawn = new int[MOST * KvBlocks.TOKENS];
        for (int i = random.nextInt(2 * drawn.length); i < drawn.length; i++) {
            drawn[i] = 1;
        }
        return drawn;
    }
}
