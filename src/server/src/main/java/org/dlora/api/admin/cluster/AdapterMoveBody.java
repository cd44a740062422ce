package org.dlora.api.admin.cluster;

import org.dlora.cluster.migration.AdapterMove;
import org.jspecify.annotations.Nullable;

/**
 * A copy or move of an adapter that has ended.
 *
 * @param from memory that it left, null for a copy
 * @param to memory in which it is resident
 * @param left requests that could not be moved; they run to their end
 * @param evicted whether it takes no more memory in {@code from}
 */
record AdapterMoveBody(
        String adapter, String mode, @Nullable String from, String to, int left, boolean evicted) {
    static AdapterMoveBody of(AdapterMove move) {
        return new AdapterMoveBody(
                move.adapter(),
                move.from() == null ? "copy" : "move",
                move.from(),
                move.to(),
                move.left(),
                move.evicted());
    }
}
