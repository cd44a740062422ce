package org.dlora.scheduling;

import static java.util.Comparator.comparingInt;

import java.util.ArrayList;
import java.util.List;

/**
 * Continuous batching (Orca, OSDI 2022) with chunked prefill (Sarathi-Serve, OSDI 2024): decodes
 * first, prompts with what they leave of the token budget.
 *
 * <p><b>Rows.</b> The oldest sequence gets one, every decode gets one. Half of the rest goes to the
 * oldest prompt, what remains to the prompts with the fewest rows to go, the older first among
 * equals. So a short prompt does not wait for a long one, prompts of one length finish in the order
 * of arrival, and nobody starves: with B rows in a step and D decodes, a prompt of p rows is done
 * after at most {@code ⌈2p / (B - D)⌉} steps as the oldest one, which it becomes when those before
 * it are done, whatever comes after it.
 *
 * <p><b>Blocks</b> go out in arrival order: where they run out, the youngest sequence that holds
 * some is preempted. So the oldest always advances, by which every sequence becomes the oldest or
 * finishes before. A sequence for which nobody younger can be preempted runs fewer rows or pauses
 * with its KV.
 *
 * <p><b>Admission</b> is in arrival order, beside prompts that still run. A sequence comes in if
 * its whole prompt fits beside what those before it still need, and one block for each of them to
 * grow is left; else it would be preempted soon, and its work lost.
 */
public final class ArrivalOrderPolicy implements BatchingPolicy {

    @Override
    public StepPlan plan(Snapshot snapshot) {
        if (snapshot.sequences().isEmpty()) {
            return new StepPlan(List.of(), List.of());
        }
        var draft = new StepDraft(snapshot);
        decode(draft);
        prefill(draft, prompts(draft, admissible(draft, snapshot.limits().maxBatch())));
        shareBlocks(draft);
        return draft.toPlan();
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
    private static List<Integer> admissible(StepDraft draft, int maxBatch) {
        var admissible = new ArrayList<Integer>();
        int members = draft.members();
        int spare = draft.uncommittedBlocks() - members;
        for (int i = 1; i < draft.size() && members < maxBatch; i++) {
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

    /** Those with more than one row to go, and those that come in; oldest first. */
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
                if (!draft.preemptYoungest(i)) {
                    draft.shrinkToFreeBlocks(i);
                }
            }
            draft.takeBlocks(i);
        }
    }
}
