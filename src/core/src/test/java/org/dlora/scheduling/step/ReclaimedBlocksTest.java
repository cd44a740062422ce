package org.dlora.scheduling.step;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.SequenceRequest;
import org.dlora.scheduling.SequenceView;

class ReclaimedBlocksTest {

    /** Sequences whose tables begin alike in groups, as those of common prefixes do. */
    @Property(tries = 500)
    void neverCountsABlockThatSomebodyKeeps(@ForAll long seed) {
        var random = new Random(seed);
        var tables = tables(random);
        var views = new ArrayList<SequenceView>();
        for (int i = 0; i < tables.size(); i++) {
            views.add(view(i, tables));
        }
        var reclaimed = new ReclaimedBlocks(views);
        assertThat(reclaimed.blocks()).isZero();
        var kept = new ArrayList<>(tables);
        boolean exact = true;
        var order = new ArrayList<>(views);
        Collections.shuffle(order, random);
        for (var victim : order) {
            reclaimed.preempt(victim);
            kept.remove(tables.get((int) victim.id()));
            int free = distinct(tables) - distinct(kept);
            assertThat(reclaimed.blocks()).isBetween(0, free);
            exact &= reclaimed.blocks() == free;
        }
        assertThat(reclaimed.blocks()).isEqualTo(distinct(tables));
        Statistics.label("exact at each").collect(exact);
    }

    @Property(tries = 200)
    void isExactFromTheYoungestOn(@ForAll long seed) {
        var tables = tables(new Random(seed));
        var views = new ArrayList<SequenceView>();
        for (int i = 0; i < tables.size(); i++) {
            views.add(view(i, tables));
        }
        var reclaimed = new ReclaimedBlocks(views);
        for (int i = tables.size() - 1; i >= 0; i--) {
            reclaimed.preempt(views.get(i));
            assertThat(reclaimed.blocks())
                    .isEqualTo(distinct(tables) - distinct(tables.subList(0, i)));
        }
    }

    private static List<int[]> tables(Random random) {
        var tables = new ArrayList<int[]>();
        int fresh = 100;
        for (int i = 0; i < 1 + random.nextInt(8); i++) {
            int common = random.nextInt(4);
            var table = new int[common + random.nextInt(4)];
            int family = random.nextInt(2);
            for (int b = 0; b < table.length; b++) {
                table[b] = b < common ? 10 * family + b : fresh++;
            }
            tables.add(table);
        }
        return tables;
    }

    private static SequenceView view(int i, List<int[]> tables) {
        var table = tables.get(i);
        int own = distinct(tables.subList(0, i + 1)) - distinct(tables.subList(0, i));
        var others = new ArrayList<>(tables);
        others.remove(i);
        int sole = distinct(tables) - distinct(others);
        int tokens = 16 * table.length;
        return new SequenceView(
                i,
                AdapterRef.base(),
                i,
                tokens + 1,
                tokens,
                table.length,
                own,
                sole,
                0,
                0,
                1,
                SequenceRequest.UNKNOWN);
    }

    private static int distinct(List<int[]> tables) {
        var blocks = new HashSet<Integer>();
        tables.forEach(table -> Arrays.stream(table).forEach(blocks::add));
        return blocks.size();
    }
}
