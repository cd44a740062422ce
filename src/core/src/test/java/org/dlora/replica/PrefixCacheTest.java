package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.BeforeTry;
import net.jqwik.api.statistics.Statistics;
import org.dlora.replica.kv.BlockPool;
import org.dlora.replica.kv.BlockTable;
import org.dlora.replica.kv.CachedBlock;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.kv.PrefixRoot;
import org.dlora.replica.kv.TokenIds;
import org.dlora.replica.request.PrefixOwner;
import org.dlora.testing.AllTries;
import org.jspecify.annotations.Nullable;

/**
 * Sequences that begin alike, grow, end and begin again find in a cached block what they would have
 * computed, whatever was evicted, and no block is ever lost.
 */
@AllTries
class PrefixCacheTest {
    private static final int BLOCK = KvBlocks.TOKENS;
    private static final List<String> ADAPTERS = List.of("", "ant", "bee");
    private static final List<PrefixOwner> OWNERS =
            List.of(PrefixOwner.SHARED, PrefixOwner.ofTeam("red"));

    /** Inputs of a block's keys and values. */
    private record Written(
            String adapter, PrefixOwner owner, List<Integer> tokens, boolean exact) {}

    private static final class Growing {
        final String adapter;
        final PrefixOwner owner;
        final TokenIds tokens;
        final BlockTable table = new BlockTable();
        final boolean exactOnly;
        @Nullable CachedBlock known;
        int computed;
        int exactTokens;

        Growing(Random random) {
            int which = random.nextInt(ADAPTERS.size());
            adapter = ADAPTERS.get(which);
            owner = OWNERS.get(random.nextInt(OWNERS.size()));
            exactOnly = random.nextInt(3) == 0;
            // Few different blocks, so that they meet.
            int block = random.nextInt(2);
            tokens = new TokenIds(random.ints(1 + random.nextInt(70), block, block + 1).toArray());
        }

        PrefixRoot root() {
            return PrefixRoot.of(1, adapter, owner);
        }

        List<Integer> until(int end) {
            return Arrays.stream(tokens.range(0, end)).boxed().toList();
        }
    }

    private final int blocks = 12;
    private final Written[] written = new Written[blocks];
    private final List<Growing> sequences = new ArrayList<>();
    private BlockPool pool = new BlockPool(blocks);
    private int begunWithBlocks;

    @BeforeTry
    void empty() {
        pool = new BlockPool(blocks);
        sequences.clear();
        begunWithBlocks = 0;
    }

    @Property(tries = 100)
    void foundBlocksHoldTheirContent(@ForAll long seed) {
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
                .coverage(coverage -> coverage.check(true).count(runs -> runs > 0));
    }

    private void begin(Growing sequence) {
        int most = (sequence.tokens.size() - 1) / BLOCK;
        var last = find(sequence, most, sequence.known);
        assertThat(find(sequence, most, null)).isSameAs(last);
        sequence.known = last;
        if (last != null) {
            sequence.table.begin(last, pool);
            sequence.computed = sequence.table.size() * BLOCK;
            sequence.exactTokens = exactTokens(sequence);
            begunWithBlocks++;
        }
        for (int i = 0; i < sequence.table.size(); i++) {
            var block = written[sequence.table.block(i)];
            assertThat(block.adapter()).isEqualTo(sequence.adapter);
            assertThat(block.owner()).isEqualTo(sequence.owner);
            assertThat(block.tokens()).isEqualTo(sequence.until((i + 1) * BLOCK));
            assertThat(block.exact() || !sequence.exactOnly).isTrue();
        }
        sequences.add(sequence);
    }

    private @Nullable CachedBlock find(Growing sequence, int most, @Nullable CachedBlock known) {
        return pool.longestPrefix(
                sequence.root(), sequence.tokens, most, sequence.exactOnly, known);
    }

    private int exactTokens(Growing sequence) {
        int exact = 0;
        while (exact < sequence.table.size() && written[sequence.table.block(exact)].exact()) {
            exact++;
        }
        return exact * BLOCK;
    }

    private void grow(Random random) {
        if (sequences.isEmpty()) {
            return;
        }
        var sequence = sequences.get(random.nextInt(sequences.size()));
        int rows = 1 + random.nextInt(20);
        int needed = KvBlocks.covering(sequence.computed + rows) - sequence.table.size();
        if (needed > pool.available()) {
            return;
        }
        while (sequence.tokens.size() < sequence.computed + rows) {
            sequence.tokens.add(random.nextInt(2));
        }
        sequence.table.cover(sequence.computed + rows, pool);
        int from = sequence.computed / BLOCK;
        if (sequence.exactTokens == sequence.computed
                && (sequence.exactOnly || random.nextBoolean())) {
            sequence.exactTokens += rows;
        }
        sequence.computed += rows;
        for (int i = from; i < sequence.table.size(); i++) {
            int block = sequence.table.block(i);
            assertThat(pool.holders(block)).as("holders of a block that is written").isEqualTo(1);
            int end = Math.min((i + 1) * BLOCK, sequence.computed);
            written[block] =
                    new Written(
                            sequence.adapter,
                            sequence.owner,
                            sequence.until(end),
                            end <= sequence.exactTokens);
        }
        sequence.table.publish(
                sequence.root(), sequence.tokens, sequence.computed, sequence.exactTokens, pool);
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
            sequence.exactTokens = 0;
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
