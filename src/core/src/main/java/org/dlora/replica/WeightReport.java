package org.dlora.replica;

import java.util.Set;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.MergeView.Build;
import org.dlora.scheduling.Mode;
import org.jspecify.annotations.Nullable;

/**
 * State of a replica's weights, reported by the engine after each change.
 *
 * @param mode in effect
 * @param ready adapters whose merged weights exist
 * @param building the running build, null if there is none
 * @param memory bytes that all copies may take now
 * @param copyBytes bytes of the copies that exist
 * @param idleBytes of these, the bytes of copies that are kept for later merges
 * @param uses how often merged weights have come into effect
 * @param switchSeconds measured time of a switch to another mode, smoothed; 0 if it takes none
 * @param build the end of a build, null if none has ended since the last report
 */
public record WeightReport(
        Mode mode,
        Set<String> ready,
        @Nullable Build building,
        long memory,
        long copyBytes,
        long idleBytes,
        long uses,
        double switchSeconds,
        @Nullable EndedBuild build) {
    /** The report before the first one: unmerged weights, no copies, no limit. */
    static final WeightReport INITIAL =
            new WeightReport(Mode.unmerged(), Set.of(), null, Long.MAX_VALUE, 0, 0, 0, 0, null);

    /**
     * The end of a build of merged weights.
     *
     * @param seconds time of the build, without the steps between its slices
     * @param reason why it failed, empty if it did not
     */
    public record EndedBuild(String adapter, MergeOutcome outcome, double seconds, String reason) {}

    public WeightReport {
        ready = Set.copyOf(ready);
        if (!(switchSeconds >= 0) || Double.isInfinite(switchSeconds)) {
            throw new IllegalArgumentException("A switch takes 0 s or more, not " + switchSeconds);
        }
    }

    MergeView view(double share) {
        return new MergeView(mode, ready, building, share, memory, switchSeconds);
    }
}
