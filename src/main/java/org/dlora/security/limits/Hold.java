package org.dlora.security.limits;

import org.jspecify.annotations.Nullable;

/**
 * What a request has taken of one owner.
 *
 * @param owner with the limits by which it was let in
 * @param requests null if they were not limited
 * @param tokens null if they were not limited
 */
record Hold(
        Limited owner,
        Account account,
        RateBucket.@Nullable Part requests,
        RateBucket.@Nullable Part tokens) {}
