package org.dlora.scheduling.step;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.dlora.scheduling.SequenceView;

/**
 * The number of blocks that preemption frees. Sequences share the blocks of common prefixes, which
 * become free with the last of their holders. A snapshot gives three lower bounds, of which the
 * largest counts. The number is exact if the youngest sequences are preempted first, or all of
 * them.
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

    /**
     * Returns the blocks that no older sequence holds, over the youngest sequences up to one kept.
     */
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

    /** Returns all held blocks, less the most that the kept sequences can hold. */
    private int beyondKept() {
        int beyond = 0;
        for (var sequence : holders) {
            beyond += sequence.ownBlocks() - (isPreempted(sequence) ? 0 : sequence.blocks());
        }
        return beyond;
    }
}
