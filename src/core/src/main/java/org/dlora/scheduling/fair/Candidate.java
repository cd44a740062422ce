package org.dlora.scheduling.fair;

import org.dlora.scheduling.Mode;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.step.StepDraft;
import org.jspecify.annotations.Nullable;

/**
 * A mode and a batch that {@link DloraPolicy} compares with others.
 *
 * @param alone whether only the merged adapter's sequences run
 * @param draft the step that it would run now
 * @param rate predicted tokens per second over the horizon, the rest of a build included
 * @param refused reason why it cannot be chosen, null if it can
 */
public record Candidate(
        Mode mode, boolean alone, StepDraft draft, Forecast.Rate rate, @Nullable String refused) {

    public static String name(Mode mode, boolean alone) {
        return switch (mode) {
            case Mode.Unmerged() -> "unmerged";
            case Mode.Merged(var adapter) -> (alone ? "merged:" : "mixed:") + adapter;
        };
    }

    public String name() {
        return name(mode, alone);
    }

    public boolean isAllowed() {
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
