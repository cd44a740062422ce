package org.dlora.scheduling;

import static java.util.Comparator.comparingInt;

import java.util.ArrayList;
import java.util.List;

/**
 * Shares a step among sequences in the order of their priority: continuous batching (Orca, OSDI
 * 2022) with chunked prefill (Sarathi-Serve, OSDI 2024).
 *
 * <p><b>Rows.</b> The first gets one, every decode gets one. Half of the rest goes to the first
 * prompt, what remains to the prompts with the fewest rows to go. <b>Blocks</b> go out in order;
 * where they run out, bystanders are preempted, then the last. A sequence for which nobody can be
 * preempted runs fewer rows or pauses with its KV. <b>Admission</b> is in order, beside prompts
 * that still run: if the whole prompt fits beside what all members still need, and one block for
 * each to grow is left; else it would be preempted soon, and its work lost.
 */
final class InOrder {
    private InOrder() {}

    static void share(StepDraft draft) {
        if (draft.size() == 0) {
            return;
        }
        decode(draft);
        prefill(draft, prompts(draft, admissible(draft)));
        shareBlocks(draft);
    }

    private static void decode(StepDraft draft) {
        draft.addRows(0, 1);
        for (int i = 1; i < draft.size(); i++) {
            if (draft.isIn(i) && draft.pending(i) == 1) {
                draft.addRows(i, 1);
            }
        }
    }

    /** Waiting sequences that may come in; as they fit, nobody has to be preempted for them. */
    private static List<Integer> admissible(StepDraft draft) {
        var admissible = new ArrayList<Integer>();
        int members = draft.members();
        int spare = draft.uncommittedBlocks() - members;
        for (int i = 1; i < draft.size() && members < draft.places(); i++) {
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

    /** Those with more than one row to go, and those that come in; in order. */
    private static List<Integer> prompts(StepDraft draft, List<Integer> admissible) {
        var prompts = new ArrayList<>(admissible);
        for (int i = 0; i < draft.size(); i++) {
            if (draft.isIn(i) && draft.pending(i) > 1) {
                prompts.add(i);
            }
        }
        prompts.sort(null);
        return prompts;
    }

    private static void prefill(StepDraft draft, List<Integer> prompts) {
        if (prompts.isEmpty()) {
            return;
        }
        draft.addRows(prompts.getFirst(), Math.ceilDiv(draft.rowsLeft(), 2));
        prompts.sort(comparingInt(draft::pending));
        prompts.forEach(i -> draft.addRows(i, draft.pending(i)));
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
