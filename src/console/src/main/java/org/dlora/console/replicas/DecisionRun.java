package org.dlora.console.replicas;

import java.util.ArrayList;
import java.util.List;
import org.dlora.console.decisions.DecisionSentence;
import org.dlora.console.decisions.RegistrationNames;
import org.dlora.console.decisions.WeightsState;
import org.dlora.engine.SchedulingReport;
import org.dlora.replica.RecordedStep;

/**
 * Steps in a row with decisions of one kind: the same weights, and the same choice of what comes
 * next. The sentence is that of the newest one.
 *
 * @param first number of the oldest step
 * @param last number of the newest step
 * @param age seconds since the newest was planned
 * @param kind class of the mark of the weights
 * @param weights in words
 */
record DecisionRun(
        long first, long last, double age, String kind, String weights, String sentence) {

    /**
     * Returns the last runs of a report, the newest first.
     *
     * @param most runs
     */
    static List<DecisionRun> of(SchedulingReport report, RegistrationNames names, int most) {
        var runs = new ArrayList<DecisionRun>();
        var steps = report.steps();
        for (int newest = 0; newest < steps.size() && runs.size() < most; ) {
            var step = steps.get(newest);
            int next = newest + 1;
            while (next < steps.size() && DecisionSentence.isAlike(step, steps.get(next))) {
                next++;
            }
            runs.add(run(step, steps.get(next - 1).number(), report.now(), names));
            newest = next;
        }
        return runs;
    }

    private static DecisionRun run(
            RecordedStep newest, long first, double now, RegistrationNames names) {
        var kind = WeightsState.kind(newest);
        return new DecisionRun(
                first,
                newest.number(),
                Math.max(0, now - newest.at()),
                kind,
                WeightsState.words(kind, WeightsState.adapter(newest.decision().mode(), names)),
                DecisionSentence.of(newest, names));
    }

    /** Returns the number of steps. */
    public long count() {
        return last - first + 1;
    }
}
