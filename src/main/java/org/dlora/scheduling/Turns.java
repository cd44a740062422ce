package org.dlora.scheduling;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which prompt of an adapter comes before which in a step: none gets rows before each one in front
 * of it that takes part already, and the first that does not yet, have one. So a request is passed
 * over by younger ones that come in, in as many steps at most as older ones wait with it; yet not
 * all that wait come in at once, and what they have in common is computed once.
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

    /** Gives {@code i} so many more rows, unless there are none left before its turn. */
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
