package org.dlora.api.openai;

import java.time.Clock;
import java.util.List;
import org.dlora.api.openai.tools.AnswerFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/** Reader of chats: bodies of {@code /v1/chat/completions}, checked, rendered and tokenised. */
final class ChatCalls {
    private static final Logger log = LoggerFactory.getLogger(ChatCalls.class);

    private final Clock clock;
    private final AnswerSettings settings;

    ChatCalls(Clock clock, AnswerSettings settings) {
        this.clock = clock;
        this.settings = settings;
    }

    /**
     * A chat that is ready to run.
     *
     * @param format of its answers
     * @param logprobs whether its answer has log-probabilities
     */
    record Chat(Call call, AnswerFormat format, boolean logprobs) {}

    /**
     * Returns the chat of a body. Blocks while it is tokenised.
     *
     * @throws ApiException if it is refused
     */
    Chat read(ObjectNode body, Served served, RequestIdentity identity) {
        var request = ChatRequest.read(body, served);
        var text = request.text(clock);
        var format = request.tools().format(settings, request.selected(), text);
        var prompt = request.tokens(text);
        int maxTokens =
                RequestLimits.maxTokens(
                        served, "messages", prompt.length, request.maxTokens(), Integer.MAX_VALUE);
        var call =
                Call.of(
                        "chatcmpl-",
                        identity,
                        request.model(),
                        request.selected(),
                        options(request, format),
                        List.of(prompt),
                        List.of(maxTokens),
                        request.logprobs(),
                        -1,
                        false);
        var shadowed =
                request.selected()
                        .shadow()
                        .map(shadow -> call.withShadowPrompts(shadowPrompts(request, shadow)))
                        .orElse(call);
        return new Chat(shadowed, format, request.logprobs() >= 0);
    }

    /** Returns the options; tags that are special tokens stay in texts that are read for them. */
    private static GenerationOptions options(ChatRequest request, AnswerFormat format) {
        var tokenizer = request.selected().served().tokenizer();
        boolean isSpecial =
                format.tags().stream()
                        .map(tag -> tokenizer.encode(tag, false))
                        .anyMatch(ids -> ids.length == 1 && tokenizer.isSpecial(ids[0]));
        return isSpecial ? request.options().withSpecialTokens() : request.options();
    }

    /** Returns the prompt by a shadow's template; none if that refuses the messages. */
    private List<int[]> shadowPrompts(ChatRequest request, SelectedModel shadow) {
        try {
            var text =
                    request.conversation()
                            .render(
                                    shadow,
                                    request.addGenerationPrompt(),
                                    request.templateVariables(),
                                    clock);
            RequestLimits.checkText(shadow.served(), "messages", text);
            return List.of(shadow.served().tokenizer().encode(text, request.addSpecialTokens()));
        } catch (ApiException e) {
            log.debug("A chat has no shadow", e);
            return List.of();
        }
    }
}
