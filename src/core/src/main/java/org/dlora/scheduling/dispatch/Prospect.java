package org.dlora.scheduling.dispatch;

import org.jspecify.annotations.Nullable;

/**
 * The predicted course of a request on one replica, in seconds. Times are NaN where no costs are
 * fitted, and where the replica is refused.
 *
 * @param unfinished requests on the replica
 * @param load until the request's adapter is resident
 * @param prompts work on the prompts before it
 * @param turn until a place in the steps and enough KV blocks are free for it
 * @param isKvShort whether it waits for blocks rather than for a place
 * @param prompt its own prefill
 * @param answer its own decode steps
 * @param others delay of the replica's unfinished requests by this one, summed over them
 * @param refused reason why it cannot be chosen, null if it can
 */
public record Prospect(
        String replica,
        int unfinished,
        AdapterPresence presence,
        int prefixTokens,
        double load,
        double prompts,
        double turn,
        boolean isKvShort,
        double prompt,
        double answer,
        double others,
        @Nullable String refused) {

    /** Makes the prospect of a replica about which nothing is predicted. */
    static Prospect unpredicted(ReplicaOutlook outlook, @Nullable String refused) {
        return new Prospect(
                outlook.load().id(),
                outlook.unfinished(),
                outlook.presence(),
                outlook.prefixTokens(),
                Double.NaN,
                Double.NaN,
                Double.NaN,
                false,
                Double.NaN,
                Double.NaN,
                Double.NaN,
                refused);
    }

    /** Returns the seconds until its prefill begins; loads and earlier work go on side by side. */
    public double start() {
        return Math.max(load, prompts + turn);
    }

    /** Returns the seconds from now to the end of its answer. */
    public double finish() {
        return start() + prompt + answer;
    }

    /** Returns the seconds that the choice minimises. */
    public double score(DispatchSettings settings) {
        return finish() + settings.othersWeight() * others;
    }

    boolean isPredicted() {
        return !Double.isNaN(answer);
    }
}
