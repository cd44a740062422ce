package org.dlora.api.openai;

import java.time.Clock;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/** Reader of chats: bodies of {@code /v1/chat/completions}, checked, rendered and tokenised. */
final class ChatCalls {
    private static final Logger log = LoggerFactory.getLogger(ChatCalls.class);

    private final Clock clock;

    ChatCalls(Clock clock) {
        this.clock = clock;
    }

    /**
     * A chat that is ready to run.
     *
     * @param logprobs whether its answer has log-probabilities
     * @param promptLogprobs likeliest tokens at each place of the prompt, -1 = none
     * @param echoed text that the answer begins with
     */
    record Chat(Call call, boolean logprobs, int promptLogprobs, String echoed) {}

    /**
     * Returns the chat of a body. Blocks while it is tokenised.
     *
     * @throws ApiException if it is refused
     */
    Chat read(ObjectNode body, Served served, RequestIdentity identity) {
        var request = ChatRequest.read(body, served);
        var prompt = request.prompt(clock);
        int maxTokens =
                RequestLimits.maxTokens(
                        served, "messages", prompt.length, request.maxTokens(), Integer.MAX_VALUE);
        var call =
                Call.of(
                        "chatcmpl-",
                        identity,
                        request.model(),
                        request.selected(),
                        request.options(),
                        List.of(prompt),
                        List.of(maxTokens),
                        request.logprobs(),
                        request.promptOptions().logprobs(),
                        request.opening().continuesLast());
        var shadowed =
                request.selected()
                        .shadow()
                        .map(shadow -> call.withShadowPrompts(shadowPrompts(request, shadow)))
                        .orElse(call);
        return new Chat(
                shadowed,
                request.logprobs() >= 0,
                request.promptOptions().logprobs(),
                request.echoed());
    }

    /** Returns the prompt by a shadow's template; none if that refuses the messages. */
    private List<int[]> shadowPrompts(ChatRequest request, SelectedModel shadow) {
        try {
            return List.of(request.promptOf(shadow, clock));
        } catch (ApiException e) {
            log.debug("A chat has no shadow", e);
            return List.of();
        }
    }
}
