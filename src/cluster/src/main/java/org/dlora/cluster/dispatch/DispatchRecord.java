package org.dlora.cluster.dispatch;

import org.dlora.scheduling.dispatch.DispatchDecision;

/**
 * A decision on the replica of a request.
 *
 * @param request id of the request
 * @param model name that the client gave
 */
public record DispatchRecord(String request, String model, DispatchDecision decision) {}
