package org.dlora.bench.residency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** LRU and Belady's rule, on traces worked out by hand. */
class KeyedEvictionTest {
    private static final int[] TEXTBOOK = {1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5};

    /** Belady, Nelson and Shedler's example, 1969. */
    @ParameterizedTest
    @CsvSource({"3, 2, 5", "4, 4, 6"})
    void lruAndBeladyHaveTheHitsOfTheTextbookExample(int memory, int lru, int belady) {
        var trace = ReplayedTraces.equal(memory, TEXTBOOK);
        assertThat(KeyedEviction.LRU.run(trace))
                .isEqualTo(new ReplayResult("lru", 12, lru, 12 - lru - memory, 12 - lru));
        assertThat(KeyedEviction.BELADY.run(trace))
                .isEqualTo(
                        new ReplayResult("belady", 12, belady, 12 - belady - memory, 12 - belady));
    }

    @Test
    void evictsUntilALargeAdapterFits() {
        var trace = ReplayedTraces.sized(4, new long[] {1, 2, 1, 3}, 0, 1, 2, 3, 2, 0);
        assertThat(KeyedEviction.LRU.run(trace)).isEqualTo(new ReplayResult("lru", 6, 1, 3, 8));
        assertThat(KeyedEviction.BELADY.run(trace))
                .isEqualTo(new ReplayResult("belady", 6, 1, 3, 8));
    }

    @Test
    void anAdapterLargerThanTheMemoryIsNeverLoaded() {
        var trace = ReplayedTraces.sized(4, new long[] {4, 5}, 0, 1, 0, 1);
        assertThat(KeyedEviction.LRU.run(trace)).isEqualTo(new ReplayResult("lru", 4, 1, 0, 4));
    }

    @Property(tries = 200)
    void beladyHasMostHitsWhereSizesAreEqual(@ForAll long seed) {
        var random = new Random(seed);
        int[] requests = random.ints(200, 0, 2 + random.nextInt(20)).toArray();
        var trace = ReplayedTraces.equal(1 + random.nextInt(10), requests);
        int belady = KeyedEviction.BELADY.run(trace).hits();
        assertThat(belady).isGreaterThanOrEqualTo(KeyedEviction.LRU.run(trace).hits());
        assertThat(belady).isGreaterThanOrEqualTo(new ResidencyReplay(50).run(trace).hits());
    }
}
