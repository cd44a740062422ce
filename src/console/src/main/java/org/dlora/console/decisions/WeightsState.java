package org.dlora.console.decisions;

import java.util.Locale;
import org.dlora.engine.SchedulingReport;
import org.dlora.replica.RecordedStep;
import org.dlora.replica.request.StepKind;
import org.dlora.scheduling.Mode;
import org.jspecify.annotations.Nullable;

/**
 * State of a replica's weights.
 *
 * @param kind class of its mark: {@code unmerged}, {@code merged} or {@code mixed}
 * @param id of the merged adapter for replicas; null while unmerged
 * @param adapter name of the merged adapter; null while unmerged
 * @param alone whether the merged adapter runs alone and all others pause
 * @param building name of the adapter whose merged weights are being built; null if there is none
 * @param progress share of the build that is done, 0 to 1
 */
public record WeightsState(
        String kind,
        @Nullable String id,
        @Nullable String adapter,
        boolean alone,
        @Nullable String building,
        double progress) {

    /** State of a replica of which nothing is known. */
    public static final WeightsState UNMERGED =
            new WeightsState("unmerged", null, null, false, null, 0);

    /** Returns the state at the last step of a report. */
    public static WeightsState of(SchedulingReport report, RegistrationNames names) {
        var merge = report.merge();
        var build = merge.building();
        var last = report.steps().isEmpty() ? null : report.steps().getFirst();
        var current = last != null && last.decision().mode().equals(merge.mode()) ? last : null;
        return new WeightsState(
                current == null ? kind(merge.mode()) : kind(current),
                id(merge.mode()),
                adapter(merge.mode(), names),
                current != null && current.decision().chosen().equals("merged:" + id(merge.mode())),
                build == null ? null : names.name(build.adapter()),
                build == null ? 0 : build.progress());
    }

    /** Returns the class of the mark of a step. */
    public static String kind(RecordedStep step) {
        return step.kind().name().toLowerCase(Locale.ROOT);
    }

    private static String kind(Mode mode) {
        return (mode instanceof Mode.Merged ? StepKind.MERGED : StepKind.UNMERGED)
                .name()
                .toLowerCase(Locale.ROOT);
    }

    public static @Nullable String adapter(Mode mode, RegistrationNames names) {
        var id = id(mode);
        return id == null ? null : names.name(id);
    }

    static @Nullable String id(Mode mode) {
        return switch (mode) {
            case Mode.Unmerged() -> null;
            case Mode.Merged(var id) -> id;
        };
    }

    /** Returns the state in words: {@code unmerged}, {@code merged sql}, {@code mixed with sql}. */
    public String words() {
        return words(kind, adapter);
    }

    /** Returns a state in words. */
    public static String words(String kind, @Nullable String adapter) {
        return switch (kind) {
            case "merged" -> "merged " + adapter;
            case "mixed" -> "mixed with " + adapter;
            default -> "unmerged";
        };
    }

    /**
     * Returns how the rows of a request go through these weights, in words: {@code merged}, {@code
     * beside sql}, {@code paused} or {@code unmerged}.
     *
     * @param adapter id of its adapter for replicas; null for the base model
     */
    public String modeOf(@Nullable String adapter) {
        if (id == null) {
            return "unmerged";
        }
        if (id.equals(adapter)) {
            return "merged";
        }
        return alone ? "paused" : "beside " + this.adapter;
    }

    /**
     * Returns the class of the mark of a request.
     *
     * @param adapter id of its adapter for replicas; null for the base model
     */
    public String kindOf(@Nullable String adapter) {
        if (id == null) {
            return "unmerged";
        }
        return id.equals(adapter) ? "merged" : alone ? "paused" : "mixed";
    }
}
