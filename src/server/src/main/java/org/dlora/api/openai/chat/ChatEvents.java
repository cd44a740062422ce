package org.dlora.api.openai.chat;

import java.util.ArrayList;
import java.util.List;
import org.dlora.api.openai.answer.AnswerStep;
import org.dlora.api.openai.answer.AnswerStream;
import org.dlora.api.openai.answer.LateLabel;
import org.dlora.api.openai.answer.TokenNames;
import org.dlora.api.openai.answer.Transcript;
import org.dlora.api.openai.call.Call;
import org.dlora.api.openai.call.RunningCall;
import org.dlora.api.openai.tools.AnswerFormat;
import org.dlora.api.openai.tools.AnswerPart;
import org.dlora.api.web.ApiException;
import org.dlora.replica.request.GenerationEvent.Token;
import org.jspecify.annotations.Nullable;

/** Reader of the events of a chat's one answer. Used by one thread at a time. */
final class ChatEvents {
    private final Call call;
    private final AnswerFormat format;
    private final AnswerStream answer;
    private final @Nullable LateLabel label;

    /** Log-probabilities of tokens whose text is held back. */
    private List<ChatLogprobs.Entry> held = new ArrayList<>();

    /** Whether a call or reasoning came last, so that what is held is its end. */
    private boolean isApart;

    /**
     * @param label of a stream; null for an answer whose header is written at the end
     */
    ChatEvents(ChatCalls.Chat chat, @Nullable LateLabel label) {
        this.call = chat.call();
        this.format = chat.format();
        this.answer = new AnswerStream(format, 1);
        this.label = label;
    }

    /**
     * Returns what an event of the engine says.
     *
     * @throws ApiException if the chat failed
     */
    List<ChatEvent> read(RunningCall.Emission emission) {
        return answer.read(emission).map(this::events).orElse(List.of());
    }

    private List<ChatEvent> events(AnswerStep step) {
        var end = step.end();
        if (end != null) {
            // Throws if the server has ended the chat.
            var _ = Transcript.finishReason(end.reason());
        }
        if (step.token() != null) {
            hold(step.token());
        }
        var events = told(step.parts());
        if (end != null) {
            if (!held.isEmpty() && !isApart) {
                events.add(new ChatEvent.Text("", taken()));
            }
            events.add(
                    new ChatEvent.End(
                            end.reason(),
                            end.promptTokens(),
                            end.cachedTokens(),
                            end.outputTokens(),
                            answer.reasoningTokens().sum(),
                            label == null ? null : label.now()));
        }
        return events;
    }

    private void hold(Token token) {
        var logprobs = token.logprobs();
        if (logprobs != null) {
            held.addAll(ChatLogprobs.of(TokenNames.of(call), List.of(logprobs)).content());
        }
    }

    private List<ChatEvent> told(List<AnswerPart> parts) {
        var events = new ArrayList<ChatEvent>();
        for (var part : parts) {
            events.add(
                    switch (part) {
                        case AnswerPart.Content content -> {
                            forgetEnd();
                            yield new ChatEvent.Text(content.text(), taken());
                        }
                        case AnswerPart.Reasoning thoughts -> {
                            held.clear();
                            isApart = true;
                            yield new ChatEvent.Reasoning(thoughts.text());
                        }
                        case AnswerPart.CallBegun begun -> {
                            held.clear();
                            isApart = true;
                            yield new ChatEvent.CallBegun(format.newId(), begun.name());
                        }
                        case AnswerPart.Arguments more -> {
                            held.clear();
                            yield new ChatEvent.Arguments(more.text());
                        }
                        case AnswerPart.CallBroken broken -> {
                            held.clear();
                            yield new ChatEvent.CallBroken(broken.text());
                        }
                    });
        }
        return events;
    }

    /**
     * Forgets the tokens that ended a call or reasoning; text after it begins with the last one.
     */
    private void forgetEnd() {
        if (isApart && held.size() > 1) {
            held.subList(0, held.size() - 1).clear();
        }
        isApart = false;
    }

    private List<ChatLogprobs.Entry> taken() {
        var all = List.copyOf(held);
        held = new ArrayList<>();
        return all;
    }
}
