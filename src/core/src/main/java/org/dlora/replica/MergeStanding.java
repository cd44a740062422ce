package org.dlora.replica;

import org.dlora.scheduling.MergeRules;
import org.jspecify.annotations.Nullable;

/**
 * Permission to merge one adapter, as the policy sees it. It follows from the merge rules once they
 * are known. After a failed merge it is withdrawn for some time.
 */
final class MergeStanding {
    /** Seconds after which a failed merge may be tried again. */
    private static final double RETRY = 60;

    /** Seconds after which memory for a merge may be asked for again. */
    private static final double ASK_AGAIN = 10;

    private static final MergeRules NOT_ASKED = MergeRules.never("the policy never merges");
    private static final MergeRules UNKNOWN =
            MergeRules.never("what merging costs in accuracy is being measured");

    private @Nullable MergeRules rules;
    private @Nullable String failure;
    private double failedUntil;
    private boolean isToAsk;

    /**
     * @param rules null while they are not known
     */
    MergeStanding(@Nullable MergeRules rules) {
        this.rules = rules;
        isToAsk = rules == null;
    }

    void rules(MergeRules known) {
        rules = known;
    }

    /** Returns whether somebody is to find out the rules; true once, until {@link #comeBack}. */
    boolean asks() {
        boolean asks = isToAsk;
        isToAsk = false;
        return asks;
    }

    /**
     * Notes that the adapter is loaded again. Whoever was finding out the rules may have given up
     * when it was evicted.
     */
    void comeBack() {
        isToAsk = true;
    }

    /** Returns the rules as far as they are known, regardless of failed merges. */
    MergeRules rules() {
        return rules == null ? UNKNOWN : rules;
    }

    /** Notes that a merge failed, so that the adapter is not merged for a while. */
    void failed(String why, double now) {
        failure = "its merged weights could not be built: " + why;
        failedUntil = now + RETRY;
    }

    /**
     * Notes that there was no memory for a merge, so that the adapter is not merged for a while.
     */
    void refused(String why, double now) {
        failure = "there was no memory for its merged weights: " + why;
        failedUntil = now + ASK_AGAIN;
    }

    /**
     * Returns the rules that a policy sees.
     *
     * @param merging whether the policy may want to merge
     */
    MergeRules seen(boolean merging, double now) {
        if (failure != null && now >= failedUntil) {
            failure = null;
        }
        if (!merging) {
            return NOT_ASKED;
        }
        return failure == null ? rules() : MergeRules.never(failure);
    }
}
