package org.dlora.engine.embed;

import org.dlora.replica.request.FinishReason;

/**
 * An answer.
 *
 * @param promptTokens tokens of the rendered conversation
 * @param outputTokens tokens of the answer, its end token included
 */
public record EngineAnswer(String text, FinishReason reason, int promptTokens, int outputTokens) {}
