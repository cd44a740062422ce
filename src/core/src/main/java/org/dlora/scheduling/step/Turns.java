package org.dlora.scheduling.step;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.scheduling.Flow;

/**
 * Assigner of rows to the prompts of a step that keeps the order of arrival within each flow. A
 * prompt gets rows only after every earlier admitted prompt of its flow, and the first waiting one,
 * has a row.
 *
 * <p>So a step that admits a younger request also admits the first waiting one. A waiting prompt is
 * passed over in at most as many steps as older ones of its flow waited when it came. The other
 * waiting prompts are not admitted at once, so a prefix that they share is computed once.
 */
final class Turns {
    private final StepDraft draft;
    private final Map<Flow, Deque<Integer>> first = new HashMap<>();

    /**
     * @param prompts indices of the draft, in order
     */
    Turns(StepDraft draft, List<Integer> prompts) {
        this.draft = draft;
        var hasWaiting = new HashMap<Flow, Boolean>();
        for (int i : prompts) {
            if (draft.isIn(i) || hasWaiting.put(draft.flow(i), true) == null) {
                first.computeIfAbsent(draft.flow(i), k -> new ArrayDeque<>()).add(i);
            }
        }
    }

    /** Gives {@code i} up to {@code rows} rows, after a row for each prompt that precedes it. */
    void addRows(int i, int rows) {
        var queue = first.getOrDefault(draft.flow(i), new ArrayDeque<>());
        while (!queue.isEmpty() && queue.getFirst() <= i) {
            int next = queue.removeFirst();
            if (next < i && !draft.hasRows(next)) {
                draft.addRows(next, 1);
            }
        }
        draft.addRows(i, rows);
    }
}
