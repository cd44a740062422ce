package org.dlora.scheduling.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;
import org.dlora.scheduling.PrefixHash;
import org.junit.jupiter.api.Test;

class PrefixDirectoryTest {
    private static final int BLOCK = 4;

    private final PrefixDirectory directory = new PrefixDirectory(4);

    @Test
    void longestCommonPrefixIsFoundInFullBlocks() {
        directory.sent("r", prompt("sql", 1, 2, 3, 4, 5, 6, 7, 8, 9));
        assertThat(known(prompt("sql", 1, 2, 3, 4, 5, 6, 7, 8, 0))).isEqualTo(8);
        assertThat(known(prompt("sql", 1, 2, 3, 4, 5, 6, 7, 0, 0))).isEqualTo(4);
        assertThat(known(prompt("sql", 0, 2, 3, 4, 5, 6, 7, 8, 9))).isZero();
    }

    @Test
    void lastTokenOfAPromptIsNeverCached() {
        directory.sent("r", prompt("sql", 1, 2, 3, 4, 5, 6, 7, 8, 9));
        assertThat(known(prompt("sql", 1, 2, 3, 4, 5, 6, 7, 8))).isEqualTo(4);
        assertThat(known(prompt("sql", 1, 2, 3, 4))).isZero();
        assertThat(known(prompt("sql"))).isZero();
    }

    @Test
    void prefixBelongsToItsAdapterAndReplica() {
        directory.sent("r", prompt("sql", 1, 2, 3, 4, 5));
        assertThat(known(prompt("upper", 1, 2, 3, 4, 5))).isZero();
        assertThat(directory.cachedTokens("s", prompt("sql", 1, 2, 3, 4, 5))).isZero();
    }

    @Test
    void lastBlocksOfTheLeastRecentlyUsedPromptGoFirst() {
        var first = prompt("sql", 1, 1, 1, 1, 2, 2, 2, 2, 3);
        var second = prompt("sql", 4, 4, 4, 4, 5, 5, 5, 5, 6);
        directory.sent("r", first);
        directory.sent("r", second);
        directory.sent("r", first);
        directory.sent("r", prompt("sql", 7, 7, 7, 7, 8));
        assertThat(known(first)).isEqualTo(8);
        assertThat(known(second)).isEqualTo(4);
    }

    @Test
    void promptLongerThanTheDirectoryKeepsItsBeginning() {
        var longer = prompt("sql", new int[BLOCK * 9 + 1]);
        directory.sent("r", longer);
        assertThat(known(longer)).isEqualTo(4 * BLOCK);
    }

    @Test
    void forgottenReplicaKnowsNothing() {
        directory.sent("r", prompt("sql", 1, 2, 3, 4, 5));
        directory.forget("r");
        assertThat(known(prompt("sql", 1, 2, 3, 4, 5))).isZero();
    }

    @Test
    void sizesBelowOneAreRefused() {
        assertThatThrownBy(() -> new PrefixDirectory(0)).hasMessageContaining("0 blocks");
        assertThatThrownBy(() -> PromptBlocks.of(0, new int[1], 0))
                .hasMessageContaining("0 tokens");
    }

    @Property(tries = 500, seed = "61")
    void directoryAnswersAsANaiveModel(@ForAll long seed) {
        var random = new Random(seed);
        int capacity = 1 + random.nextInt(20);
        var real = new PrefixDirectory(capacity);
        var naive = new NaiveDirectory(capacity);
        for (int i = 0; i < 60; i++) {
            var replica = "r" + random.nextInt(2);
            var content = "a" + random.nextInt(2);
            int[] blocks = random.ints(5, 0, 2).toArray();
            int[] tokens =
                    IntStream.range(0, random.nextInt(20)).map(t -> blocks[t / BLOCK]).toArray();
            var prompt = prompt(content, tokens);
            int expected = naive.cachedTokens(replica, content, tokens);
            assertThat(real.cachedTokens(replica, prompt)).isEqualTo(expected);
            Statistics.label("blocks found").collect(expected / BLOCK);
            if (random.nextInt(20) == 0) {
                real.forget(replica);
                naive.known.remove(replica);
            } else if (random.nextInt(3) > 0) {
                real.sent(replica, prompt);
                naive.sent(replica, content, tokens);
            }
        }
    }

    /** Prefixes in full, in the order of their use. */
    private static final class NaiveDirectory {
        private final Map<String, List<String>> known = new HashMap<>();
        private final int capacity;

        NaiveDirectory(int capacity) {
            this.capacity = capacity;
        }

        private static List<String> prefixes(String content, int[] tokens) {
            var prefixes = new ArrayList<String>();
            for (int end = BLOCK; end < tokens.length; end += BLOCK) {
                prefixes.add(content + Arrays.toString(Arrays.copyOf(tokens, end)));
            }
            return prefixes;
        }

        void sent(String replica, String content, int[] tokens) {
            var blocks = known.computeIfAbsent(replica, _ -> new ArrayList<>());
            for (var prefix : prefixes(content, tokens).reversed()) {
                blocks.remove(prefix);
                blocks.add(prefix);
            }
            while (blocks.size() > capacity) {
                blocks.removeFirst();
            }
        }

        int cachedTokens(String replica, String content, int[] tokens) {
            var blocks = known.getOrDefault(replica, List.of());
            int found = 0;
            for (var prefix : prefixes(content, tokens)) {
                found = blocks.contains(prefix) ? found + BLOCK : found;
            }
            return found;
        }
    }

    private int known(PromptBlocks prompt) {
        return directory.cachedTokens("r", prompt);
    }

    private static PromptBlocks prompt(String content, int... tokens) {
        return PromptBlocks.of(PrefixHash.root(42, content), tokens, BLOCK);
    }
}
