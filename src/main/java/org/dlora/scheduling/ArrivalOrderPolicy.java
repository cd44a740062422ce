package org.dlora.scheduling;

import java.util.List;

/**
 * Continuous batching in arrival order (Orca, OSDI 2022) with chunked prefill (Sarathi-Serve, OSDI
 * 2024), as vLLM's v1 scheduler: running sequences first, waiting ones with what is left of the
 * token budget.
 *
 * <p>Token rows go to the oldest sequence (one), to every decode (one each), then to prefill
 * chunks, all in arrival order. Blocks go out in arrival order too: where they run out, the
 * youngest sequence that holds some is preempted. So the oldest always advances, by which every
 * sequence becomes the oldest or finishes before. A sequence for which nobody younger can be
 * preempted runs fewer rows or pauses with its KV. New ones are admitted only while everybody else
 * got what they asked for, and only if their whole prompt fits beside what earlier prompts still
 * need, so that admission does not cause preemption at once.
 */
public final class ArrivalOrderPolicy implements BatchingPolicy {

    @Override
    public StepPlan plan(Snapshot snapshot) {
        if (snapshot.sequences().isEmpty()) {
            return new StepPlan(List.of(), List.of());
        }
        var draft = new StepDraft(snapshot);
        shareRows(draft);
        if (shareBlocks(draft)) {
            admit(draft);
        }
        return draft.toPlan();
    }

    private static void shareRows(StepDraft draft) {
        draft.giveRows(0, 1);
        for (int i = 1; i < draft.size(); i++) {
            if (draft.isRunning(i) && draft.pending(i) == 1) {
                draft.giveRows(i, 1);
            }
        }
        for (int i = 0; i < draft.size(); i++) {
            if (i == 0 || draft.isRunning(i)) {
                draft.giveRows(i, draft.pending(i));
            }
        }
    }

    /** Returns whether everybody got the blocks for their rows without taking another's. */
    private static boolean shareBlocks(StepDraft draft) {
        boolean plenty = true;
        for (int i = 0; i < draft.size(); i++) {
            while (draft.lacksBlocks(i)) {
                plenty = false;
                if (!draft.preemptYoungest(i)) {
                    draft.shrinkToFreeBlocks(i);
                }
            }
            draft.takeBlocks(i);
        }
        return plenty;
    }

    private static void admit(StepDraft draft) {
        int spare = draft.uncommittedBlocks();
        for (int i = 1; i < draft.size() && draft.hasRoom(); i++) {
            if (draft.isWaiting(i)) {
                int blocks = draft.blocksToNextToken(i);
                if (blocks > spare) {
                    return;
                }
                spare -= blocks;
                draft.giveRows(i, draft.pending(i));
                draft.takeBlocks(i);
            }
        }
    }
}
