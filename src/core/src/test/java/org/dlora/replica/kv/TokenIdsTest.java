package org.dlora.replica.kv;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class TokenIdsTest {

    @Property(tries = 300)
    void rangesGoFromThePromptIntoTheOutput(@ForAll long seed) {
        var random = new Random(seed);
        int[] all = random.ints(1 + random.nextInt(60), 0, 1000).toArray();
        int prompt = random.nextInt(all.length + 1);
        var ids = new TokenIds(Arrays.copyOf(all, prompt));
        for (int i = prompt; i < all.length; i++) {
            ids.add(all[i]);
        }
        assertThat(ids.size()).isEqualTo(all.length);
        for (int i = 0; i < all.length; i++) {
            assertThat(ids.get(i)).isEqualTo(all[i]);
        }
        int from = random.nextInt(all.length + 1);
        int count = random.nextInt(all.length - from + 1);
        assertThat(ids.range(from, count)).isEqualTo(Arrays.copyOfRange(all, from, from + count));
    }
}
