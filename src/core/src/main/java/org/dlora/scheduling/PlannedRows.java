package org.dlora.scheduling;

import static java.util.Comparator.comparingLong;

import java.util.List;

/**
 * A sequence of a plan, with the rows that it runs. The service and the cost of a step are counted
 * from it.
 */
public record PlannedRows(SequenceView sequence, int rows) {
    /** Returns the rows of all sequences that {@code plan} runs, the oldest sequence first. */
    public static List<PlannedRows> of(Snapshot snapshot, StepPlan plan) {
        return plan.run().stream()
                .map(run -> new PlannedRows(snapshot.sequence(run.sequence()), run.rows()))
                .sorted(comparingLong(planned -> planned.sequence().arrival()))
                .toList();
    }
}
