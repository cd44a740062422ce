package org.dlora.replica;

import java.util.List;

/**
 * The adapters that have unfinished sequences on a replica, by the names that clients use, in the
 * order of loading. One with sequences of both kinds is in both lists.
 *
 * @param running with sequences that hold KV blocks
 * @param waiting with sequences that hold none
 */
public record ActiveAdapters(List<String> running, List<String> waiting) {
    public static final ActiveAdapters NONE = new ActiveAdapters(List.of(), List.of());

    public ActiveAdapters {
        running = List.copyOf(running);
        waiting = List.copyOf(waiting);
    }
}
