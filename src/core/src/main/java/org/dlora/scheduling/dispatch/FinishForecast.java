package org.dlora.scheduling.dispatch;

import org.jspecify.annotations.Nullable;

/**
 * The forecast of a request's course on a replica. It assumes that no further requests come.
 *
 * <p>The replica has m unfinished requests with r tokens to come on average, B places in a step,
 * and steps that take {@code t} without the request and {@code t'} with it.
 *
 * <ul>
 *   <li>Places come free as requests end: after {@code (m + 1 - B)·r/B} steps there is one for it.
 *   <li>KV blocks come free as running requests end, all U held ones within r steps. If x are
 *       missing, it waits for {@code r·x/U} steps. Past U the blocks of the waiting requests have
 *       to come free too, all blocks of the replica within r steps.
 *   <li>It waits for the later of both, for the prompts before it, and meanwhile for the load of
 *       its adapter.
 *   <li>It decodes beside the others until these have ended, and then alone.
 *   <li>Each other request is delayed by its prefill, and by {@code t' - t} in each common step.
 * </ul>
 *
 * <p>More load never makes a score smaller: one more request with as many tokens as the others on
 * average, or more. That holds on unmerged weights where a further row costs the same in all
 * batches. Otherwise a request can delay others less where the batch is large already, or mixed.
 */
final class FinishForecast {
    private FinishForecast() {}

    static Prospect of(DispatchRequest request, ReplicaOutlook outlook) {
        var times = PredictedStepTimes.of(request, outlook);
        int places = outlook.limits().maxBatch();
        int others = outlook.unfinished();
        double forPlace = others < places ? 0 : placeSteps(outlook);
        double forBlocks = blockSteps(request, outlook);
        double waited = Math.max(forPlace, forBlocks);

        double load = outlook.presence().seconds();
        double prompts = outlook.prefillTokens() * times.promptRow();
        double turn = waited * times.with();
        double prompt = promptRows(request, outlook) * times.promptRow();

        double horizon = others == 0 ? 0 : outlook.remainingTokens() / Math.min(others, places);
        double late = Math.max(0, load - prompts - turn);
        double left = others == 0 ? 0 : horizon - waited - late / times.with();
        double beside = Math.clamp(left, 0, request.outputTokens());
        double answer = beside * times.with() + (request.outputTokens() - beside) * times.alone();

        double steps = Math.min(request.outputTokens(), horizon);
        double delay = prompt + (times.with() - times.without()) * steps;
        return new Prospect(
                outlook.load().id(),
                others,
                outlook.presence(),
                outlook.prefixTokens(),
                load,
                prompts,
                turn,
                forBlocks > forPlace,
                prompt,
                answer,
                others == 0 ? 0 : others * delay,
                null);
    }

    /** Returns the rows of the prompt that are computed; the last token always is. */
    private static int promptRows(DispatchRequest request, ReplicaOutlook outlook) {
        return Math.max(1, request.promptTokens() - outlook.prefixTokens());
    }

    private static double placeSteps(ReplicaOutlook outlook) {
        int places = outlook.limits().maxBatch();
        return (outlook.unfinished() + 1 - places) * outlook.meanRemaining() / places;
    }

    private static double blockSteps(DispatchRequest request, ReplicaOutlook outlook) {
        int total = outlook.load().totalBlocks();
        int free = outlook.load().freeBlocks();
        int block = outlook.limits().blockTokens();
        long all = request.promptTokens() + (long) Math.ceil(request.outputTokens());
        long own = Math.min(total, Math.ceilDiv(all, block));
        double missing = own + Math.ceilDiv(outlook.prefillTokens(), block) - free;
        if (missing <= 0) {
            return 0;
        }
        int held = total - free;
        double rounds = missing <= held ? missing / held : 1 + (missing - held) / total;
        return rounds * outlook.meanRemaining();
    }

    /** Returns why a replica cannot serve the request; null if it can. */
    static @Nullable String refusal(DispatchRequest request, ReplicaOutlook outlook) {
        if (outlook.unavailable() != null) {
            return outlook.unavailable();
        }
        if (outlook.presence() instanceof AdapterPresence.Impossible(long bytes, long most)) {
            return DispatchReasons.impossible(bytes, most);
        }
        int need = outlook.limits().blocksFor(request.promptTokens() + 1);
        return need > outlook.load().totalBlocks()
                ? DispatchReasons.tooLong(need, outlook.load().totalBlocks())
                : null;
    }
}
