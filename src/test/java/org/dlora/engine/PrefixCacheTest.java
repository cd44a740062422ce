package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;
import org.dlora.device.KvLayout;
import org.jspecify.annotations.Nullable;

/**
 * Sequences that begin alike, grow, end and begin again find in a cached block what they would have
 * computed, whatever was evicted, and no block is ever lost.
 */
class PrefixCacheTest {
    private static final int BLOCK = KvLayout.BLOCK_TOKENS;
    private static final List<String> ADAPTERS = List.of("base", "ant", "bee");

    /** What a block's keys and values depend on. */
    private record Written(@Nullable String adapter, List<Integer> tokens) {}

    private static final class Growing {
        final @Nullable String adapter;
        final TokenIds tokens;
        final BlockTable table = new BlockTable();
        @Nullable CachedBlock known;
        int computed;

        Growing(Random random) {
            int which = random.nextInt(ADAPTERS.size());
            adapter = which == 0 ? null : ADAPTERS.get(which);
            // Few different blocks, so that they meet.
            int block = random.nextInt(2);
            tokens = new TokenIds(random.ints(1 + random.nextInt(70), block, block + 1).toArray());
        }

        List<Integer> until(int end) {
            return Arrays.stream(tokens.range(0, end)).boxed().toList();
        }
    }

    private final int blocks = 12;
    private final BlockPool pool = new BlockPool(blocks);
    private final Written[] written = new Written[blocks];
    private final List<Growing> sequences = new ArrayList<>();
    private int begunWithBlocks;

    @Property(tries = 100)
    void blocksHoldWhatTheyAreFoundFor(@ForAll long seed) {
        var random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            switch (random.nextInt(8)) {
                case 0, 1 -> begin(new Growing(random));
                case 2 -> end(random);
                case 3 -> preemptAndBeginAgain(random);
                case 4 -> forget(random);
                default -> grow(random);
            }
            pool.verify();
            int held =
                    (int)
                            sequences.stream()
                                    .flatMap(s -> Arrays.stream(s.table.toArray()).boxed())
                                    .distinct()
                                    .count();
            assertThat(pool.available()).isEqualTo(blocks - held);
        }
        Statistics.label("found")
                .collect(begunWithBlocks > 0)
                .coverage(coverage -> coverage.check(true).percentage(p -> p > 80));
    }

    private void begin(Growing sequence) {
        int most = (sequence.tokens.size() - 1) / BLOCK;
        var last = pool.longestPrefix(sequence.adapter, sequence.tokens, most, sequence.known);
        assertThat(pool.longestPrefix(sequence.adapter, sequence.tokens, most, null))
                .isSameAs(last);
        sequence.known = last;
        if (last != null) {
            sequence.table.begin(last, pool);
            sequence.computed = sequence.table.size() * BLOCK;
            begunWithBlocks++;
        }
        for (int i = 0; i < sequence.table.size(); i++) {
            assertThat(written[sequence.table.block(i)])
                    .isEqualTo(new Written(sequence.adapter, sequence.until((i + 1) * BLOCK)));
        }
        sequences.add(sequence);
    }

    private void grow(Random random) {
        if (sequences.isEmpty()) {
            return;
        }
        var sequence = sequences.get(random.nextInt(sequences.size()));
        int rows = 1 + random.nextInt(20);
        int needed = KvLayout.blocksFor(sequence.computed + rows) - sequence.table.size();
        if (needed > pool.available()) {
            return;
        }
        while (sequence.tokens.size() < sequence.computed + rows) {
            sequence.tokens.add(random.nextInt(2));
        }
        sequence.table.cover(sequence.computed + rows, pool);
        int from = sequence.computed / BLOCK;
        sequence.computed += rows;
        for (int i = from; i < sequence.table.size(); i++) {
            int block = sequence.table.block(i);
            assertThat(pool.holders(block)).as("holders of a block that is written").isEqualTo(1);
            int end = Math.min((i + 1) * BLOCK, sequence.computed);
            written[block] = new Written(sequence.adapter, sequence.until(end));
        }
        sequence.table.publish(sequence.adapter, sequence.tokens, sequence.computed, pool);
        assertThat(new HashSet<>(Arrays.stream(sequence.table.toArray()).boxed().toList()))
                .hasSize(sequence.table.size());
    }

    private void end(Random random) {
        if (!sequences.isEmpty()) {
            sequences.remove(random.nextInt(sequences.size())).table.release(pool);
        }
    }

    private void preemptAndBeginAgain(Random random) {
        if (!sequences.isEmpty()) {
            var sequence = sequences.remove(random.nextInt(sequences.size()));
            sequence.table.release(pool);
            sequence.computed = 0;
            begin(sequence);
        }
    }

    private void forget(Random random) {
        var adapter = ADAPTERS.get(random.nextInt(ADAPTERS.size()));
        if (sequences.stream().noneMatch(s -> adapter.equals(s.adapter))) {
            pool.forget(adapter);
        }
        if (sequences.isEmpty() && random.nextInt(4) == 0) {
            pool.forgetAll();
        }
    }
}
