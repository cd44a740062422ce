package org.dlora.scheduling;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A step being planned: rows given to each sequence of a snapshot (by its index, oldest first) and
 * blocks still free. The oldest takes part whether it holds blocks or not.
 */
final class StepDraft {
    private final List<SequenceView> sequences;
    private final StepLimits limits;
    private final int[] rows;
    private final int[] blocks;
    private final boolean[] preempted;
    private int free;
    private int slots;
    private int tokens;

    StepDraft(Snapshot snapshot) {
        sequences = snapshot.sequences();
        limits = snapshot.limits();
        rows = new int[sequences.size()];
        blocks = sequences.stream().mapToInt(v -> v.blocks() + v.heldPrefixBlocks()).toArray();
        preempted = new boolean[sequences.size()];
        free = snapshot.freeBlocks();
        slots = limits.maxBatch();
        tokens = limits.maxTokens();
    }

    int size() {
        return rows.length;
    }

    int pending(int i) {
        return sequences.get(i).pending();
    }

    /** Whether it takes part already: it holds blocks, or is the oldest. */
    boolean isIn(int i) {
        return i == 0 || sequences.get(i).blocks() > 0;
    }

    /** Token rows that nobody was given. */
    int rowsLeft() {
        return tokens;
    }

    /** Gives {@code i} so many more rows, or as many as it has pending and the budget allows. */
    void addRows(int i, int wanted) {
        int more = Math.min(Math.min(wanted, pending(i) - rows[i]), tokens);
        if (more <= 0 || (rows[i] == 0 && slots == 0)) {
            return;
        }
        slots -= rows[i] == 0 ? 1 : 0;
        tokens -= more;
        rows[i] += more;
    }

    /** How many take part already. */
    int members() {
        return (int) IntStream.range(0, size()).filter(this::isIn).count();
    }

    boolean lacksBlocks(int i) {
        return missingBlocks(i) > free;
    }

    void takeBlocks(int i) {
        int missing = missingBlocks(i);
        free -= missing;
        blocks[i] += missing;
    }

    /**
     * Takes the blocks of the youngest holder that is younger than {@code i}; false if there is
     * none.
     */
    boolean preemptYoungest(int i) {
        for (int j = size() - 1; j > i; j--) {
            if (sequences.get(j).blocks() > 0 && !preempted[j]) {
                free += sequences.get(j).ownBlocks();
                rows[j] = 0;
                preempted[j] = true;
                return true;
            }
        }
        return false;
    }

    void shrinkToFreeBlocks(int i) {
        int room = (blocks[i] + free) * limits.blockTokens() - sequences.get(i).start();
        rows[i] = Math.clamp(room, 0, rows[i]);
    }

    /** Free blocks beyond those that the members' known tokens and next ones will need. */
    int uncommittedBlocks() {
        return free
                - IntStream.range(0, size()).filter(this::isIn).map(this::blocksToNextToken).sum();
    }

    /** Blocks that {@code i} lacks for its known tokens and the next one. */
    int blocksToNextToken(int i) {
        return Math.max(0, limits.blocksFor(sequences.get(i).tokens() + 1) - blocks[i]);
    }

    StepPlan toPlan() {
        var preempt = new ArrayList<Long>();
        var run = new ArrayList<StepPlan.Run>();
        for (int i = 0; i < size(); i++) {
            if (preempted[i]) {
                preempt.add(sequences.get(i).id());
            } else if (rows[i] > 0) {
                run.add(new StepPlan.Run(sequences.get(i).id(), rows[i]));
            }
        }
        return new StepPlan(preempt, run);
    }

    private int missingBlocks(int i) {
        return rows[i] == 0
                ? 0
                : Math.max(0, limits.blocksFor(sequences.get(i).start() + rows[i]) - blocks[i]);
    }
}
