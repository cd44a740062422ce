package org.dlora.cluster.facts;

import org.dlora.replica.request.SequenceUsage;
import org.jspecify.annotations.Nullable;

/**
 * The facts of a request that has ended. A call for n choices is n requests.
 *
 * @param id the server's own key, unique whatever clients send
 * @param clientId id that the client gave the call, null if it gave none; clients may repeat it
 * @param model name that the client gave: of the base model or of an adapter
 * @param version content hash of the adapter, null for the base model or if it is not known
 * @param replica id of the replica that took it, null if none did
 * @param usage its tokens, preemptions, and steps by kind
 * @param migrations times that it was moved to another replica
 * @param rescues times that another replica continued it after one had failed
 * @param trace inputs that repeat the request
 */
public record RequestFacts(
        String id,
        @Nullable String clientId,
        String model,
        @Nullable String version,
        @Nullable String replica,
        RequestTimes times,
        SequenceUsage usage,
        int migrations,
        int rescues,
        RequestOutcome outcome,
        RequestTrace trace) {}
