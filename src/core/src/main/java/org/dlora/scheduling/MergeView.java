package org.dlora.scheduling;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The state of a replica's merged weights at a step boundary.
 *
 * <p>Merged weights are built in slices beside serving, in copies of their own. Once built they are
 * <i>ready</i>, and a plan may run in them. The switch itself is a change of pointers at a step
 * boundary, or an upload where the copies lie in the host's memory, and a build of another adapter
 * continues. The checkpoint's weights are always there, so unmerged is always ready. A build may
 * overwrite the copies of an adapter that is not in use, which ends its readiness.
 *
 * @param mode mode in effect: that of the last step, unless a build had to unmerge for want of
 *     memory, or copies were given back
 * @param ready adapters whose merged weights exist, that of {@code mode} among them
 * @param building the build in progress, null if there is none
 * @param share share of the time that building gets beside steps, above 0 and at most 1
 * @param memory bytes that the copies of all adapters may take together; if the copies in effect
 *     and those of a new build do not fit, the build unmerges
 * @param switchSeconds time of a switch to another mode; 0 if it is a change of pointers
 */
public record MergeView(
        Mode mode,
        Set<String> ready,
        @Nullable Build building,
        double share,
        long memory,
        double switchSeconds) {
    /** Nothing merged, nothing being built. */
    public static final MergeView UNMERGED =
            new MergeView(Mode.unmerged(), Set.of(), null, 1, Long.MAX_VALUE);

    /**
     * A build of merged weights in progress.
     *
     * @param progress share that is done, 0 to below 1; at 1 the adapter is ready instead
     */
    public record Build(String adapter, double progress) {
        public Build {
            if (!(progress >= 0 && progress < 1)) {
                throw new IllegalArgumentException(
                        "A build of %s is between 0 and 1, not at %s".formatted(adapter, progress));
            }
        }
    }

    /** A state in which a switch takes no time. */
    public MergeView(
            Mode mode, Set<String> ready, @Nullable Build building, double share, long memory) {
        this(mode, ready, building, share, memory, 0);
    }

    public MergeView {
        ready = Set.copyOf(ready);
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException("Building gets a share of the time, not " + share);
        }
        if (!(switchSeconds >= 0)) {
            throw new IllegalArgumentException("A switch takes 0 s or more, not " + switchSeconds);
        }
        if (mode instanceof Mode.Merged(var adapter) && !ready.contains(adapter)) {
            throw new IllegalArgumentException(mode + ", whose weights are not ready: " + ready);
        }
    }

    /** Returns whether a step may run in {@code wanted} now. */
    public boolean isReady(Mode wanted) {
        return switch (wanted) {
            case Mode.Unmerged() -> true;
            case Mode.Merged(var adapter) -> ready.contains(adapter);
        };
    }

    /** Returns the share of the work on its merged weights that is still to be done, 0..1. */
    public double remaining(Mode wanted) {
        if (isReady(wanted)) {
            return 0;
        }
        return building != null && wanted.isMerged(building.adapter())
                ? 1 - building.progress()
                : 1;
    }
}
