package org.dlora.scheduling;

import java.util.List;

/**
 * A replica at a step boundary.
 *
 * @param sequences all unfinished ones, oldest first
 * @param freeBlocks cache blocks that nobody holds, cached prefixes among them
 */
public record Snapshot(List<SequenceView> sequences, int freeBlocks, StepLimits limits) {
    public Snapshot {
        sequences = List.copyOf(sequences);
    }
}
