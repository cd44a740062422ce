package org.dlora.console.page;

import java.util.HashMap;
import java.util.Map;

/**
 * Panels that each user shows now. A user who shows as many as one may gets no more, so that others
 * still do. Thread-safe.
 */
final class PanelSeats {
    /** Panels of a user: of a dozen pages, as one shows up to five. */
    static final int MOST = 64;

    private final Map<String, Map<String, Integer>> held = new HashMap<>();

    /** Returns whether a user may show a panel, besides those that the user shows. */
    synchronized boolean hasRoom(String user, String panel) {
        var its = held.getOrDefault(user, Map.of());
        return its.containsKey(panel) || its.size() < MOST;
    }

    /** Notes that a user shows a panel once more. */
    synchronized void take(String user, String panel) {
        held.computeIfAbsent(user, _ -> new HashMap<>()).merge(panel, 1, Integer::sum);
    }

    /** Notes that a user shows a panel once less. */
    synchronized void leave(String user, String panel) {
        held.computeIfPresent(
                user,
                (_, its) -> {
                    its.computeIfPresent(panel, (_, times) -> times == 1 ? null : times - 1);
                    return its.isEmpty() ? null : its;
                });
    }
}
