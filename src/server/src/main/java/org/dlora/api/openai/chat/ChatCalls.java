package org.dlora.api.openai.chat;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.dlora.api.openai.call.Call;
import org.dlora.api.openai.call.CallCompilation;
import org.dlora.api.openai.call.CallIdentity;
import org.dlora.api.openai.call.RequestLimits;
import org.dlora.api.openai.call.SelectedModel;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.api.openai.tools.AnswerFormat;
import org.dlora.api.openai.tools.Thinking;
import org.dlora.api.openai.tools.ToolFormat;
import org.dlora.api.web.ApiException;
import org.dlora.constraint.ConstraintDefinition;
import org.dlora.constraint.grammar.ConstraintException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/** Reader of chats: bodies of {@code /v1/chat/completions}, checked, rendered and tokenised. */
public final class ChatCalls {
    private static final Logger log = LoggerFactory.getLogger(ChatCalls.class);

    private final Clock clock;
    private final AnswerSettings settings;

    public ChatCalls(Clock clock, AnswerSettings settings) {
        this.clock = clock;
        this.settings = settings;
    }

    /**
     * A chat that is ready to run.
     *
     * @param format of its answers
     * @param logprobs whether its answer has log-probabilities
     * @param promptLogprobs likeliest tokens at each place of the prompt, -1 = none
     * @param echoed text that the answer begins with
     */
    public record Chat(
            Call call, AnswerFormat format, boolean logprobs, int promptLogprobs, String echoed) {}

    /**
     * Returns the chat of a body. Blocks while it is tokenised.
     *
     * @throws ApiException if it is refused
     */
    public Chat read(ObjectNode body, ServedModel served, CallIdentity identity) {
        return read(Call.CHAT_ID, body, served, identity);
    }

    /**
     * Returns the chat of a body, as {@link #read(ObjectNode, ServedModel, CallIdentity)} does.
     *
     * @param prefix of the call's id
     */
    Chat read(String prefix, ObjectNode body, ServedModel served, CallIdentity identity) {
        var request = ChatRequest.read(body, served, identity.access());
        var text = request.text(clock);
        var selected = request.selected();
        var forced = request.tools().forced(constrainable(selected));
        var options = request.options();
        if (forced.isPresent()) {
            // As with vLLM, a call that has to be made goes before a format of the answer.
            forced.get().check(request.tools().tools(), selected, options.conditions().ignoreEos());
            options = options.withConstraint(forced.get().constraint());
        }
        boolean isConstrained = options.constraint() != null;
        var thinking = thinking(request, selected, text, isConstrained);
        if (options.constraint() != null && thinking.mayReason()) {
            var whole = thinking.before(options.constraint());
            check(whole, selected, forced.isPresent() ? "tools" : "response_format");
            options = options.withConstraint(whole);
        }
        var format =
                request.tools()
                        .format(
                                settings,
                                selected,
                                thinking,
                                forced,
                                !request.includeReasoning(),
                                request.conversation().followsResult());
        checkHidden(format, request);
        if (hasSpecial(selected, format.tags())) {
            options = options.withSpecialTokens();
        }
        var prompt = request.tokens(text);
        int maxTokens =
                RequestLimits.maxTokens(
                        served, "messages", prompt.length, request.maxTokens(), Integer.MAX_VALUE);
        var call =
                Call.of(
                        prefix,
                        identity,
                        request.model(),
                        request.selected(),
                        options,
                        List.of(prompt),
                        List.of(maxTokens),
                        request.logprobs(),
                        request.promptOptions().logprobs(),
                        request.opening().continuesLast());
        var shadowed =
                request.selected()
                        .shadow()
                        .map(shadow ->
                                call.withShadowPrompts(
                                        shadowPrompts(request, shadow, isConstrained, thinking)))
                        .orElse(call);
        return new Chat(
                shadowed,
                format,
                request.logprobs() >= 0,
                request.promptOptions().logprobs(),
                request.echoed());
    }

    /**
     * Returns whether an answer to {@code prompt} may have reasoning. A constrained one has none if
     * its tags are special tokens, which no constraint allows.
     */
    private Thinking thinking(
            ChatRequest request, SelectedModel selected, String prompt, boolean isConstrained) {
        if (!settings.thinks(selected.chat())) {
            return Thinking.NONE;
        }
        var thinking =
                request.opening().continuesLast()
                        ? Thinking.continuing(request.lastText(), prompt)
                        : Thinking.after(prompt);
        return isConstrained && hasSpecial(selected, thinking.tags()) ? Thinking.ENDED : thinking;
    }

    private static void check(
            ConstraintDefinition whole, SelectedModel selected, String parameter) {
        try {
            CallCompilation.compile(selected, whole);
        } catch (ConstraintException e) {
            throw ApiException.invalid(parameter, String.valueOf(e.getMessage()));
        }
    }

    /** Refuses what would tell of reasoning that is left out. */
    private static void checkHidden(AnswerFormat format, ChatRequest request) {
        boolean tells = request.logprobs() >= 0 || request.options().tokenIds();
        if (format.hidesReasoning() && format.thinking().mayReason() && tells) {
            throw ApiException.invalid(
                    "include_reasoning",
                    "'include_reasoning' is false, but 'logprobs' and 'return_token_ids' tell of all tokens, those of the reasoning too. Leave out the one or the other.");
        }
    }

    /**
     * Returns the format of a model's calls, unless its tags are special tokens, which no
     * constraint allows.
     */
    private Optional<ToolFormat> constrainable(SelectedModel selected) {
        return settings.tools(selected.chat())
                .filter(format ->
                        format != ToolFormat.HERMES || !hasSpecial(selected, format.tags()));
    }

    /** Returns whether one of the tags is a special token, which texts leave out otherwise. */
    private static boolean hasSpecial(SelectedModel selected, List<String> tags) {
        var tokenizer = selected.served().tokenizer();
        return tags.stream()
                .map(tag -> tokenizer.encode(tag, false))
                .anyMatch(ids -> ids.length == 1 && tokenizer.isSpecial(ids[0]));
    }

    /** Returns the prompt by a shadow's template; none if that refuses the messages. */
    private List<int[]> shadowPrompts(
            ChatRequest request, SelectedModel shadow, boolean isConstrained, Thinking thinking) {
        try {
            var text = request.text(shadow, clock);
            // Else the constraint would be that of an answer with another beginning.
            boolean isAlike = !isConstrained || thinking(request, shadow, text, true) == thinking;
            return isAlike ? List.of(request.tokens(text)) : List.of();
        } catch (ApiException e) {
            log.debug("A chat has no shadow", e);
            return List.of();
        }
    }
}
