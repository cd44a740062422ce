package org.dlora.api.openai;

import java.util.Map;
import org.springframework.web.server.ServerWebExchange;
import tools.jackson.databind.node.ObjectNode;

/**
 * Chats for endpoints that have another shape than {@code /v1/chat/completions}: checked, rendered,
 * limited and run as that endpoint does it.
 */
public final class ChatRuns {
    private final ChatCalls calls;
    private final Replies replies;

    ChatRuns(ChatCalls calls, Replies replies) {
        this.calls = calls;
        this.replies = replies;
    }

    /** Has the answer of a call say what its limits have left, whatever the answer is. */
    public void tellLimits(ServerWebExchange exchange) {
        replies.tellLimits(exchange);
    }

    /**
     * Returns the chat of a body, ready to run. Blocks while it is tokenised.
     *
     * @param prefix of the id, which goes on with the call's own key
     * @param body of {@code /v1/chat/completions}, for one choice
     * @param names what the call names the members of {@code body}, for errors
     * @throws ApiException if the body is refused
     */
    public ChatRun prepare(
            String prefix,
            ObjectNode body,
            Map<String, String> names,
            Served served,
            ServerWebExchange exchange) {
        try {
            var chat = calls.read(prefix, body, served, RequestIdentity.of(exchange));
            return new ChatRun(chat, replies, exchange.getResponse());
        } catch (ApiException e) {
            throw e.named(names);
        }
    }
}
