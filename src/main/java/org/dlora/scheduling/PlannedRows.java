package org.dlora.scheduling;

import static java.util.Comparator.comparingLong;

import java.util.List;

/** The rows that a sequence runs in a step. */
record PlannedRows(SequenceView sequence, int rows) {
    /** Returns the rows of all sequences that {@code plan} runs, the oldest sequence first. */
    static List<PlannedRows> of(Snapshot snapshot, StepPlan plan) {
        return plan.run().stream()
                .map(run -> new PlannedRows(snapshot.sequence(run.sequence()), run.rows()))
                .sorted(comparingLong(planned -> planned.sequence().arrival()))
                .toList();
    }
}
