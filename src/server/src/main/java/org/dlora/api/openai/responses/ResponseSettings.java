package org.dlora.api.openai.responses;

/**
 * Bounds of the responses that are kept in memory. The oldest of the owner who has most go first.
 *
 * @param maxCount most responses; 0 = none is kept
 * @param maxBytes most bytes of all, each with the conversation up to it
 */
public record ResponseSettings(int maxCount, long maxBytes) {}
