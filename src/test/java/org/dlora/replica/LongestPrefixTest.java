package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A sequence that has waited finds the prefix that one without an earlier answer finds. */
class LongestPrefixTest {
    private final BlockPool pool = new BlockPool(40, new PrefixHash(1));
    private final TokenIds tokens = new TokenIds(new Random(1).ints(200, 0, 9).toArray());

    private BlockTable write(@Nullable CachedBlock from, int blocks, int exactBlocks) {
        var table = new BlockTable();
        if (from != null) {
            table.begin(from, pool);
        }
        table.cover(blocks * 16, pool);
        table.publish("a", tokens, blocks * 16, exactBlocks * 16, pool);
        return table;
    }

    private int depth(@Nullable CachedBlock known) {
        return CachedBlock.depth(pool.longestPrefix("a", tokens, 12, false, known));
    }

    @Test
    void anEarlierAnswerDoesNotHideALongerPrefixOfTheOtherKind() {
        write(null, 3, 0);
        var known = pool.longestPrefix("a", tokens, 12, false, null);
        write(null, 10, 10);
        assertThat(depth(null)).isEqualTo(10);
        assertThat(depth(known)).isEqualTo(10);
    }
}
