package org.dlora.scheduling;

import org.jspecify.annotations.Nullable;

/**
 * A way to go on that {@link DloraPolicy} compares with others.
 *
 * @param alone whether only the merged adapter runs
 * @param draft whom it would run now
 * @param rate tokens per second over the horizon, what is still to be built included
 * @param refused why it cannot be chosen, null if it can
 */
record Candidate(
        Mode mode, boolean alone, StepDraft draft, Forecast.Rate rate, @Nullable String refused) {

    static String name(Mode mode, boolean alone) {
        return switch (mode) {
            case Mode.Unmerged() -> "unmerged";
            case Mode.Merged(var adapter) -> (alone ? "merged:" : "mixed:") + adapter;
        };
    }

    String name() {
        return name(mode, alone);
    }

    boolean isAllowed() {
        return refused == null;
    }

    StepDecision.Candidate explained() {
        return new StepDecision.Candidate(
                name(),
                mode,
                rate.tokensPerSecond(),
                rate.step(),
                rate.merge(),
                rate.horizon(),
                refused);
    }
}
