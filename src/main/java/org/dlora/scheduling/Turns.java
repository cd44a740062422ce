package org.dlora.scheduling;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The order of an adapter's prompts within a step. A prompt gets rows only after every earlier
 * admitted prompt of its adapter, and the first waiting one, has a row.
 *
 * <p>So younger requests are admitted before a waiting one in at most as many steps as older ones
 * wait with it. Yet not all waiting requests are admitted at once, and their common prefix is
 * computed once.
 */
final class Turns {
    private final StepDraft draft;
    private final Map<AdapterRef, Deque<Integer>> first = new HashMap<>();

    /**
     * @param prompts indices of the draft, in order
     */
    Turns(StepDraft draft, List<Integer> prompts) {
        this.draft = draft;
        var hasWaiting = new HashMap<AdapterRef, Boolean>();
        for (int i : prompts) {
            if (draft.isIn(i) || hasWaiting.put(draft.adapter(i), true) == null) {
                first.computeIfAbsent(draft.adapter(i), k -> new ArrayDeque<>()).add(i);
            }
        }
    }

    /** Gives {@code i} up to {@code rows} rows, after a row for each prompt that precedes it. */
    void addRows(int i, int rows) {
        var queue = first.getOrDefault(draft.adapter(i), new ArrayDeque<>());
        while (!queue.isEmpty() && queue.getFirst() <= i) {
            int next = queue.removeFirst();
            if (next < i && !draft.hasRows(next)) {
                draft.addRows(next, 1);
            }
        }
        draft.addRows(i, rows);
    }
}
