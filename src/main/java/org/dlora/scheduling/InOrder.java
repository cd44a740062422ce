package org.dlora.scheduling;

import static java.util.Comparator.comparingInt;

import java.util.ArrayList;
import java.util.List;

/**
 * Shares a step among sequences in the order of their priority: continuous batching (Orca, OSDI
 * 2022) with chunked prefill (Sarathi-Serve, OSDI 2024).
 *
 * <p><b>Rows.</b> The first gets one, every decode gets one. Half of the rest goes to the first
 * prompt, what remains to the prompts with the fewest rows to go, but within an adapter no prompt
 * gets rows before those in front of it that hold blocks, and the first that waits, have one each.
 * Where a limit to the first token is set, prompts that would miss it otherwise come before.
 * <b>Blocks</b> go out in order; where they run out, bystanders are preempted, then the last. A
 * sequence for which nobody can be preempted runs fewer rows or pauses with its KV.
 * <b>Admission</b> is in order, beside prompts that still run: if the whole prompt fits beside what
 * all members still need, and one block for each to grow is left; else it would be preempted soon,
 * and its work lost.
 */
final class InOrder {
    private InOrder() {}

    static void share(StepDraft draft) {
        share(draft, draft.size());
    }

    /**
     * @param entitled so many of the first go before all others, who get what these leave: in the
     *     step nothing, unless all the rows that these can run are run in it
     */
    static void share(StepDraft draft, int entitled) {
        for (int i = 0; i < draft.sure(); i++) {
            draft.addRows(i, 1);
        }
        give(draft, 0, entitled);
        if (draft.areServed(entitled)) {
            give(draft, entitled, draft.size());
        }
        shareBlocks(draft);
    }

    private static void give(StepDraft draft, int from, int to) {
        var prompts = admissible(draft, from, to);
        for (int i = from; i < to; i++) {
            if (draft.isIn(i) && draft.pending(i) > 1) {
                prompts.add(i);
            } else if (draft.isIn(i)) {
                draft.addRows(i, 1);
            }
        }
        prompts.sort(null);
        prefill(draft, prompts, new Turns(draft, prompts));
    }

    /** Waiting sequences that may come in; as they fit, nobody has to be preempted for them. */
    private static List<Integer> admissible(StepDraft draft, int from, int to) {
        var admissible = new ArrayList<Integer>();
        int members = draft.members(to);
        int spare = draft.uncommittedBlocks(to) - members;
        for (int i = Math.max(1, from); i < to && members < draft.places(); i++) {
            if (!draft.isIn(i)) {
                spare -= draft.blocksToNextToken(i) + 1;
                if (spare < 0) {
                    break;
                }
                admissible.add(i);
                members++;
            }
        }
        return admissible;
    }

    private static void prefill(StepDraft draft, List<Integer> prompts, Turns turns) {
        if (prompts.isEmpty()) {
            return;
        }
        prompts.stream().filter(draft::isUrgent).forEach(i -> turns.addRows(i, draft.pending(i)));
        turns.addRows(prompts.getFirst(), Math.ceilDiv(draft.rowsLeft(), 2));
        prompts.stream()
                .sorted(comparingInt(draft::pending))
                .forEach(i -> turns.addRows(i, draft.pending(i)));
    }

    private static void shareBlocks(StepDraft draft) {
        for (int i = 0; i < draft.size(); i++) {
            while (draft.lacksBlocks(i)) {
                if (!draft.preemptFor(i)) {
                    draft.shrinkToFreeBlocks(i);
                }
            }
            draft.takeBlocks(i);
        }
    }
}
