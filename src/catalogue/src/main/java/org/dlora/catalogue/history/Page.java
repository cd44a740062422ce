package org.dlora.catalogue.history;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A part of a list, which is ordered by time, the newest first.
 *
 * @param after key of the last row of the part before; null for the first part
 * @param limit rows at most
 * @param since time from which on rows are listed; null for the oldest
 * @param until time before which rows are listed; null for the newest
 */
public record Page(
        @Nullable Long after, int limit, @Nullable Instant since, @Nullable Instant until) {}
