package org.dlora.scheduling;

/**
 * Bounds of a step.
 *
 * @param maxBatch sequences in a step
 * @param maxTokens token rows in a step (chunked prefill fills what decode rows leave)
 * @param blockTokens token positions in a cache block
 */
public record StepLimits(int maxBatch, int maxTokens, int blockTokens) {}
