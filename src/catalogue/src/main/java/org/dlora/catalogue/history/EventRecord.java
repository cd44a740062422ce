package org.dlora.catalogue.history;

import org.jspecify.annotations.Nullable;

/**
 * A change of the cluster in the history.
 *
 * @param key place in the order of time
 * @param kind of {@link org.dlora.cluster.facts.ClusterEvent#kind}
 * @param place replica or memory, null if there is none
 * @param request id of the request, null if there is none
 * @param detail JSON of the event
 */
public record EventRecord(
        long key,
        String kind,
        @Nullable String place,
        @Nullable String adapter,
        @Nullable String request,
        String detail) {}
