package org.dlora.workload;

/**
 * A request that is to be sent.
 *
 * @param model requested model, as an index into the models
 * @param prompt token ids
 * @param outputTokens tokens to generate, no more and no less
 * @param arrival seconds after the start
 */
public record PlannedRequest(int model, int[] prompt, int outputTokens, double arrival) {}
