package org.dlora.api.openai.chat;

import java.time.Clock;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalInt;
import org.dlora.api.openai.call.GenerationOptions;
import org.dlora.api.openai.call.ModelField;
import org.dlora.api.openai.call.PromptOptions;
import org.dlora.api.openai.call.RequestLimits;
import org.dlora.api.openai.call.SelectedModel;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.api.openai.call.UnsupportedParameterCheck;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.security.Access;
import tools.jackson.databind.node.ObjectNode;

/**
 * A body of {@code POST /v1/chat/completions}, checked.
 *
 * @param selected the version of the model that it gets
 * @param logprobs top alternatives to report for each token, -1 = no log-probabilities
 * @param echo whether the answer begins with the last message, if it has the answer's role
 * @param includeReasoning whether the answer has the model's reasoning, if there is some
 * @param templateVariables {@code chat_template_kwargs}, and the tools
 */
public record ChatRequest(
        String model,
        SelectedModel selected,
        Conversation conversation,
        GenerationOptions options,
        int logprobs,
        OptionalInt maxTokens,
        AnswerOpening opening,
        boolean echo,
        boolean includeReasoning,
        PromptOptions promptOptions,
        boolean addSpecialTokens,
        ToolOptions tools,
        Map<String, Object> templateVariables) {

    public static ChatRequest read(ObjectNode body, ServedModel served, Access access) {
        var fields = Fields.of(body);
        return read(fields, ModelField.select(fields, served, access));
    }

    /** Reads a body for a version that was chosen before. */
    public static ChatRequest read(Fields fields, SelectedModel selected) {
        var model = ModelField.name(fields, selected.served());
        UnsupportedParameterCheck.chat(fields);
        var maxTokens = fields.integer("max_completion_tokens", 1, Integer.MAX_VALUE);
        var oldName = fields.integer("max_tokens", 1, Integer.MAX_VALUE);
        var tools = ToolOptions.read(fields);
        var conversation = Conversation.read(fields);
        var request =
                new ChatRequest(
                        model,
                        selected,
                        conversation,
                        GenerationOptions.read(fields, selected),
                        logprobs(fields, selected.served()),
                        first(maxTokens, oldName, selected.parameters().maxTokens()),
                        AnswerOpening.read(fields, conversation.messages()),
                        fields.flag("echo", false),
                        fields.flag("include_reasoning", true),
                        PromptOptions.read(fields, selected.served()),
                        fields.flag("add_special_tokens", false),
                        tools,
                        ToolOptions.variables(
                                TemplateVariables.read(fields, selected), tools.tools()));
        request.options().checkMinTokens(request.maxTokens());
        fields.endButNulls();
        return request;
    }

    /**
     * Returns the token ids of the conversation, as the chat template has it at a time.
     *
     * @throws ApiException with status 400 if it is too long, or the template refuses it
     */
    public int[] prompt(Clock clock) {
        return tokens(text(clock));
    }

    /**
     * Returns the conversation as the chat template has it at a time.
     *
     * @throws ApiException with status 400 if it is too long, or the template refuses it
     */
    String text(Clock clock) {
        return text(selected, clock);
    }

    /** Returns the conversation as the chat template of a model of the same base has it. */
    String text(SelectedModel model, Clock clock) {
        var text = conversation.render(model, opening, templateVariables, clock);
        RequestLimits.checkText(model.served(), "messages", text, promptOptions.cuts());
        return text;
    }

    /** Returns the token ids of the rendered conversation. */
    int[] tokens(String text) {
        var served = selected.served();
        return promptOptions.keep(served.tokenizer().encode(text, addSpecialTokens), served);
    }

    /** Returns the text of the last message. */
    String lastText() {
        return String.valueOf(conversation.messages().getLast().get("content"));
    }

    /** Returns the text that the answer begins with; empty without {@code echo}. */
    String echoed() {
        var last = conversation.messages().getLast();
        return echo && opening.role(conversation.messages()).equals(last.get("role"))
                ? lastText()
                : "";
    }

    private static OptionalInt first(OptionalInt... values) {
        return Arrays.stream(values)
                .filter(OptionalInt::isPresent)
                .findFirst()
                .orElse(OptionalInt.empty());
    }

    private static int logprobs(Fields fields, ServedModel served) {
        boolean wanted = fields.flag("logprobs", false);
        var top = served.calls().alternatives(fields, "top_logprobs", served.vocabSize());
        if (top.isPresent() && top.getAsInt() > 0 && !wanted) {
            throw ApiException.invalid("top_logprobs", "'top_logprobs' needs 'logprobs': true.");
        }
        return wanted ? top.orElse(0) : -1;
    }
}
