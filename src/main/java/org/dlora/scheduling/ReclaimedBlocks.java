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
    private final List<SequenceView> sequences;
    private final Set<Long> preempted = new HashSet<>();

    /**
     * @param sequences of a snapshot, oldest first
     */
    ReclaimedBlocks(List<SequenceView> sequences) {
        this.sequences = sequences;
    }

    void preempt(SequenceView sequence) {
        preempted.add(sequence.id());
    }

    boolean isPreempted(SequenceView sequence) {
        return preempted.contains(sequence.id());
    }

    int blocks() {
        return preempted.isEmpty() ? 0 : Math.max(sole(), Math.max(ofYoungest(), beyondKept()));
    }

    private int sole() {
        return sequences.stream()
                .filter(this::isPreempted)
                .mapToInt(SequenceView::soleBlocks)
                .sum();
    }

    /** Of those that no older sequence holds, the ones of the youngest in a row. */
    private int ofYoungest() {
        int blocks = 0;
        for (var sequence : sequences.reversed()) {
            if (sequence.blocks() > 0 && !isPreempted(sequence)) {
                break;
            }
            blocks += sequence.ownBlocks();
        }
        return blocks;
    }

    /** All that are held, less what the others hold at most. */
    private int beyondKept() {
        int held = sequences.stream().mapToInt(SequenceView::ownBlocks).sum();
        int kept =
                sequences.stream()
                        .filter(v -> !isPreempted(v))
                        .mapToInt(SequenceView::blocks)
                        .sum();
        return held - kept;
    }
}
