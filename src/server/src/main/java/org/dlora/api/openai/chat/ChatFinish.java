package org.dlora.api.openai.chat;

import org.dlora.api.openai.answer.Transcript;
import org.dlora.api.openai.tools.AnswerFormat;
import org.dlora.replica.request.FinishReason;

/** Finish reasons of chats. */
final class ChatFinish {
    private ChatFinish() {}

    /**
     * Returns {@code tool_calls} for an answer that ends with calls, as OpenAI and vLLM do: not if
     * its tokens ran out, nor if the request named the function.
     */
    static String reason(AnswerFormat format, FinishReason reason, boolean hasCalls) {
        return hasCalls && format.finishesWithCalls() && reason == FinishReason.STOP
                ? "tool_calls"
                : Transcript.finishReason(reason);
    }
}
