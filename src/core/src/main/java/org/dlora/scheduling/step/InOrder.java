package org.dlora.scheduling.step;

import static java.util.Comparator.comparingInt;

import java.util.ArrayList;
import java.util.List;

/**
 * The assignment of rows and blocks to sequences in the order of priority. It is continuous
 * batching (Orca, OSDI 2022) with chunked prefill (Sarathi-Serve, OSDI 2024).
 *
 * <p><b>Rows.</b> The first sequence gets a row, then every decode. Half of the rest goes to the
 * first prompt. What remains goes to the prompts with the fewest pending rows. {@linkplain Turns
 * Within an adapter} earlier prompts get a row first. Prompts that would otherwise miss the limit
 * to the first token precede these.
 *
 * <p><b>Blocks.</b> Blocks are given in order. If they run out, bystanders are preempted, then the
 * last sequence. A sequence for which none can be preempted runs fewer rows, or is paused with its
 * KV.
 *
 * <p><b>Admission.</b> Sequences are admitted in order, beside running prompts. The whole prompt
 * has to fit beside the needs of all members, with one block left for each to grow. Otherwise it
 * would soon be preempted and its work lost.
 */
public final class InOrder {
    private InOrder() {}

    public static void share(StepDraft draft) {
        share(draft, List.of(draft.size()));
    }

    /**
     * Assigns rows and blocks, part by part.
     *
     * @param ends ends of the parts of the order; a part gets rows only if the step runs every row
     *     that those before it can run
     */
    public static void share(StepDraft draft, List<Integer> ends) {
        for (int i = 0; i < draft.sure(); i++) {
            draft.addRows(i, 1);
        }
        int from = 0;
        for (int end : ends) {
            if (draft.areServed(from)) {
                give(draft, from, end);
            }
            from = end;
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

    /** Returns the waiting sequences that can be admitted; they fit without a preemption. */
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
