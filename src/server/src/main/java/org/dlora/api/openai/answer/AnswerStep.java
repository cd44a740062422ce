package org.dlora.api.openai.answer;

import java.util.List;
import org.dlora.api.openai.tools.AnswerPart;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationEvent.Token;
import org.jspecify.annotations.Nullable;

/**
 * Step of an answer: a token, or the end, with the last token if that ends the answer.
 *
 * @param index of the choice
 * @param token null for an end without one
 * @param end null before the end
 */
public record AnswerStep(
        int index, @Nullable Token token, List<AnswerPart> parts, @Nullable Finished end) {}
