package org.dlora.scheduling.fair;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.dlora.scheduling.SequenceView;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.StepLimits;

/**
 * The blocks that a step can give to waiting requests: the free ones beyond the needs of entitled
 * block holders, and those of sequences that can be preempted.
 */
final class SpareBlocks {
    private final StepLimits limits;
    private final Deque<SequenceView> reclaimable = new ArrayDeque<>();
    private final List<SequenceView> reclaimed = new ArrayList<>();
    private int spare;

    SpareBlocks(Snapshot snapshot) {
        limits = snapshot.limits();
        spare = snapshot.freeBlocks();
    }

    /** Sets the blocks aside that a block holder needs for its next token, and one to grow. */
    void reserve(SequenceView holder) {
        spare -= holder.blocksToNextToken(limits) + 1;
    }

    /** Lets a sequence be preempted, before those that were given earlier. */
    void offer(SequenceView holder) {
        reclaimable.addFirst(holder);
    }

    /**
     * Takes the blocks of a sequence, and preempts others if it must.
     *
     * @return whether it holds blocks, or its whole prompt fits beside the needs of all others
     */
    boolean take(SequenceView sequence) {
        if (sequence.holdsBlocks()) {
            return true;
        }
        int needed = sequence.blocksToNextToken(limits) + 1;
        int most = spare + reclaimable.stream().mapToInt(SequenceView::soleBlocks).sum();
        if (most < needed) {
            return false;
        }
        while (spare < needed) {
            var victim = reclaimable.removeFirst();
            spare += victim.soleBlocks();
            reclaimed.add(victim);
        }
        spare -= needed;
        return true;
    }

    /** Returns the sequences that are preempted to admit others. */
    List<SequenceView> reclaimed() {
        return reclaimed;
    }
}
