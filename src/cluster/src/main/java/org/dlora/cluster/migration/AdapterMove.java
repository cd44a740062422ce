package org.dlora.cluster.migration;

import org.jspecify.annotations.Nullable;

/**
 * A copy or move of an adapter that has ended.
 *
 * @param adapter its name for clients
 * @param from memory that it was to leave; null for a copy
 * @param to memory in which it is resident
 * @param left requests that could not be moved; they run to their end
 * @param evicted whether it takes no more memory in {@code from}
 */
public record AdapterMove(
        String adapter, @Nullable String from, String to, int left, boolean evicted) {}
