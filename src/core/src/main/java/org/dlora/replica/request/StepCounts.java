package org.dlora.replica.request;

/**
 * Numbers of the steps that computed rows of a sequence, by the {@link StepKind kind} of the step.
 */
public record StepCounts(int unmerged, int merged, int mixed) {
    public static final StepCounts NONE = new StepCounts(0, 0, 0);

    /** Returns the counts with one more step. */
    public StepCounts plus(StepKind kind) {
        return switch (kind) {
            case UNMERGED -> new StepCounts(unmerged + 1, merged, mixed);
            case MERGED -> new StepCounts(unmerged, merged + 1, mixed);
            case MIXED -> new StepCounts(unmerged, merged, mixed + 1);
        };
    }
}
