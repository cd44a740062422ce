package org.dlora.console.decisions;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dlora.engine.SchedulingReport;
import org.dlora.replica.RecordedStep;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.ServiceWeights;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.StepDecision.Candidate;
import org.dlora.scheduling.StepShape;

/** Recorded steps with decisions of a test. Adapter {@code sql} has the id {@code sql#1}. */
public final class Decisions {
    public static final String SQL = "sql#1";
    public static final RegistrationNames NAMES =
            RegistrationNames.of(Map.of(SQL, "sql", "upper#2", "upper"));
    public static final Mode MERGED = Mode.merged(SQL);

    private final List<Candidate> candidates = new ArrayList<>();
    private final String chosen;
    private final Mode mode;
    private Mode target;
    private String why = "why";
    private int rows = 14;
    private int corrected;

    private Decisions(String chosen, Mode mode, Mode target) {
        this.chosen = chosen;
        this.mode = mode;
        this.target = target;
    }

    public static Decisions unmerged() {
        return new Decisions("unmerged", Mode.unmerged(), Mode.unmerged());
    }

    public static Decisions merged(String chosen, int corrected) {
        var made = new Decisions(chosen, MERGED, MERGED);
        made.corrected = corrected;
        return made;
    }

    /** The weights of {@code chosen} are not built yet. */
    public static Decisions pending(String chosen) {
        return new Decisions(chosen, Mode.unmerged(), MERGED);
    }

    public Decisions target(String adapter) {
        target = Mode.merged(adapter);
        return this;
    }

    public Decisions why(String words) {
        why = words;
        return this;
    }

    public Decisions rows(int count) {
        rows = count;
        return this;
    }

    public Decisions candidate(String name, double rate, double step, double merge) {
        var of =
                name.equals("unmerged")
                        ? Mode.unmerged()
                        : Mode.merged(name.substring(name.indexOf(':') + 1));
        candidates.add(new Candidate(name, of, rate, step, merge, 0.4, null));
        return this;
    }

    public Decisions refused(String name, String reason) {
        var of = Mode.merged(name.substring(name.indexOf(':') + 1));
        candidates.add(
                new Candidate(name, of, Double.NaN, Double.NaN, Double.NaN, Double.NaN, reason));
        return this;
    }

    public RecordedStep step(long number) {
        return step(number, 0.02, 0.025);
    }

    public RecordedStep step(long number, double seconds, double predicted) {
        var decision =
                new StepDecision(
                        "dlora", chosen, why, mode, target, candidates, predicted, Map.of());
        return new RecordedStep(
                number,
                number,
                seconds,
                predicted,
                new StepShape(0, rows, 0, 0, List.of()),
                5,
                rows,
                corrected,
                decision);
    }

    public String sentence() {
        return DecisionSentence.of(step(1), NAMES);
    }

    public static SchedulingReport report(MergeView merge, RecordedStep... newestFirst) {
        return new SchedulingReport(
                "0",
                "dlora",
                SloLimits.NONE,
                ServiceWeights.EQUAL,
                merge,
                100,
                List.of(newestFirst));
    }
}
