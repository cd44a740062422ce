package org.dlora.api.openai.chat;

import java.util.Map;
import org.dlora.api.openai.answer.Replies;
import org.dlora.api.openai.call.CallIdentity;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.api.web.ApiException;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/**
 * Chats for endpoints that have another shape than {@code /v1/chat/completions}: checked, rendered,
 * limited and run as that endpoint does it.
 */
public final class ChatRuns {
    private final ChatCalls calls;
    private final Replies replies;

    public ChatRuns(ChatCalls calls, Replies replies) {
        this.calls = calls;
        this.replies = replies;
    }

    /**
     * Returns {@code call} within the limits of its key: checked before its body is read, and told
     * of in the headers of every answer.
     */
    public <T> Mono<T> limited(ServerWebExchange exchange, Mono<T> call) {
        return replies.limited(exchange, call);
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
            ServedModel served,
            ServerWebExchange exchange) {
        try {
            var chat = calls.read(prefix, body, served, CallIdentity.of(exchange));
            return new ChatRun(chat, replies, exchange.getResponse());
        } catch (ApiException e) {
            throw e.named(names);
        }
    }
}
