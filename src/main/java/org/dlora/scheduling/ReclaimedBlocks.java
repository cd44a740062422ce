package org.dlora.scheduling;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Blocks that come free by preemption. Sequences share the blocks of common prefixes, which come
 * free with the last of their holders; what a snapshot tells of that gives three lower bounds, of
 * which the largest counts. Youngest first, as well as when all go, it is exact.
 */
final class ReclaimedBlocks {
    private final List<SequenceView> holders;
    private final Set<Long> preempted = new HashSet<>();
    private int blocks;

    /**
     * @param holders sequences that hold blocks, oldest first
     */
    ReclaimedBlocks(List<SequenceView> holders) {
        this.holders = holders;
    }

    void preempt(SequenceView sequence) {
        preempted.add(sequence.id());
        blocks = Math.max(sole(), Math.max(ofYoungest(), beyondKept()));
    }

    boolean isPreempted(SequenceView sequence) {
        return !preempted.isEmpty() && preempted.contains(sequence.id());
    }

    int blocks() {
        return blocks;
    }

    private int sole() {
        return holders.stream().filter(this::isPreempted).mapToInt(SequenceView::soleBlocks).sum();
    }

    /** Of those that no older sequence holds, the ones of the youngest in a row. */
    private int ofYoungest() {
        int own = 0;
        for (var sequence : holders.reversed()) {
            if (!isPreempted(sequence)) {
                break;
            }
            own += sequence.ownBlocks();
        }
        return own;
    }

    /** All that are held, less what the others hold at most. */
    private int beyondKept() {
        int beyond = 0;
        for (var sequence : holders) {
            beyond += sequence.ownBlocks() - (isPreempted(sequence) ? 0 : sequence.blocks());
        }
        return beyond;
    }
}
