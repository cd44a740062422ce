package org.dlora.replica;

import java.util.Set;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.MergeView.Build;
import org.dlora.scheduling.Mode;
import org.jspecify.annotations.Nullable;

/**
 * State of a replica's weights, reported by the engine after whatever changes it.
 *
 * @param mode in effect
 * @param ready adapters whose merged weights exist
 * @param building the build that is under way, null if there is none
 * @param memory bytes that all copies may take together
 * @param copyBytes bytes of the copies that exist
 * @param build the end of a build, null if none has ended since the last report
 */
public record WeightReport(
        Mode mode,
        Set<String> ready,
        @Nullable Build building,
        long memory,
        long copyBytes,
        @Nullable EndedBuild build) {
    /** Unmerged, without copies or a limit. */
    static final WeightReport INITIAL =
            new WeightReport(Mode.unmerged(), Set.of(), null, Long.MAX_VALUE, 0, null);

    /**
     * The end of a build of merged weights.
     *
     * @param seconds of work, without the steps in between
     * @param reason why it failed, empty if it did not
     */
    public record EndedBuild(String adapter, MergeOutcome outcome, double seconds, String reason) {}

    public WeightReport {
        ready = Set.copyOf(ready);
    }

    MergeView view(double share) {
        return new MergeView(mode, ready, building, share, memory);
    }
}
