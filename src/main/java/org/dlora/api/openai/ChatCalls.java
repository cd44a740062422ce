package org.dlora.api.openai;

import java.time.Clock;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/** Reader of chats: bodies of {@code /v1/chat/completions}, checked, rendered and tokenised. */
final class ChatCalls {
    private static final Logger log = LoggerFactory.getLogger(ChatCalls.class);

    /** Begin of the ids of chats. */
    static final String ID = "chatcmpl-";

    private final Clock clock;

    ChatCalls(Clock clock) {
        this.clock = clock;
    }

    /**
     * A chat that is ready to run.
     *
     * @param logprobs whether its answer has log-probabilities
     */
    record Chat(Call call, boolean logprobs) {}

    /**
     * Returns the chat of a body. Blocks while it is tokenised.
     *
     * @throws ApiException if it is refused
     */
    Chat read(ObjectNode body, Served served, RequestIdentity identity) {
        return read(ID, body, served, identity);
    }

    /**
     * Returns the chat of a body, as {@link #read(ObjectNode, Served, RequestIdentity)} does.
     *
     * @param prefix of the call's id
     */
    Chat read(String prefix, ObjectNode body, Served served, RequestIdentity identity) {
        var request = ChatRequest.read(body, served);
        var prompt = request.prompt(clock);
        int maxTokens =
                RequestLimits.maxTokens(
                        served, "messages", prompt.length, request.maxTokens(), Integer.MAX_VALUE);
        var call =
                Call.of(
                        prefix,
                        identity,
                        request.model(),
                        request.selected(),
                        request.options(),
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
        return new Chat(shadowed, request.logprobs() >= 0);
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
