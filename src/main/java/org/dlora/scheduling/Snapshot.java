package org.dlora.scheduling;

import java.util.List;

/**
 * A replica at a step boundary.
 *
 * @param sequences all that hold blocks, and of the others the oldest: as many as there are places
 *     for in a step, at least one; oldest first
 * @param freeBlocks cache blocks that nobody holds, cached prefixes among them
 */
public record Snapshot(List<SequenceView> sequences, int freeBlocks, StepLimits limits) {
    public Snapshot {
        sequences = List.copyOf(sequences);
    }
}
