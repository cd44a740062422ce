package org.dlora.cluster.facts;

/**
 * The answer to a request.
 *
 * @param tokens ids of its output tokens
 * @param text as the client got it
 */
public record AnswerText(int[] tokens, String text) {}
