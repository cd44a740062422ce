package org.dlora.security.limits;

import org.jspecify.annotations.Nullable;

/**
 * Part of one owner's limits that a request holds.
 *
 * @param owner with the limits by which it was let in
 * @param isRequest whether it counts as a request, and has a place
 * @param requests null if they were not limited
 * @param tokens null if they were not limited
 */
record Hold(
        Limited owner,
        Account account,
        boolean isRequest,
        RateBucket.@Nullable Part requests,
        RateBucket.@Nullable Part tokens) {

    /** Returns the hold of a work that takes tokens alone, before it has any. */
    static Hold ofTokens(Limited owner, Account account) {
        return new Hold(owner, account, false, null, null);
    }
}
