package org.dlora.api.openai;

import java.time.Clock;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalInt;
import tools.jackson.databind.node.ObjectNode;

/**
 * A body of {@code POST /v1/chat/completions}, checked.
 *
 * @param selected the version of the model that it gets
 * @param logprobs top alternatives to report for each token, -1 = no log-probabilities
 * @param templateVariables {@code chat_template_kwargs}, and the tools
 */
record ChatRequest(
        String model,
        SelectedModel selected,
        Conversation conversation,
        GenerationOptions options,
        int logprobs,
        OptionalInt maxTokens,
        boolean addGenerationPrompt,
        boolean addSpecialTokens,
        ToolOptions tools,
        Map<String, Object> templateVariables) {

    static final int MAX_LOGPROBS = 20;

    static ChatRequest read(ObjectNode body, Served served) {
        var fields = Fields.of(body);
        return read(fields, ModelField.select(fields, served));
    }

    /** Reads a body for a version that was chosen before. */
    static ChatRequest read(Fields fields, SelectedModel selected) {
        var model = ModelField.required(fields);
        UnsupportedParameterCheck.chat(fields);
        var maxTokens = fields.integer("max_completion_tokens", 1, Integer.MAX_VALUE);
        var oldName = fields.integer("max_tokens", 1, Integer.MAX_VALUE);
        var tools = ToolOptions.read(fields);
        var request =
                new ChatRequest(
                        model,
                        selected,
                        Conversation.read(fields),
                        GenerationOptions.read(fields, selected),
                        logprobs(fields),
                        first(maxTokens, oldName, selected.parameters().maxTokens()),
                        fields.flag("add_generation_prompt", true),
                        fields.flag("add_special_tokens", false),
                        tools,
                        ToolOptions.variables(
                                fields.object("chat_template_kwargs")
                                        .map(Json::values)
                                        .orElse(Map.of()),
                                tools.tools()));
        request.options().checkMinTokens(request.maxTokens());
        fields.end();
        return request;
    }

    /**
     * Returns the token ids of the conversation, as the chat template has it at a time.
     *
     * @throws ApiException with status 400 if it is too long, or the template refuses it
     */
    int[] prompt(Clock clock) {
        return tokens(text(clock));
    }

    /**
     * Returns the conversation as the chat template has it at a time.
     *
     * @throws ApiException with status 400 if it is too long, or the template refuses it
     */
    String text(Clock clock) {
        var text = conversation.render(selected, addGenerationPrompt, templateVariables, clock);
        RequestLimits.checkText(selected.served(), "messages", text);
        return text;
    }

    /** Returns the token ids of the rendered conversation. */
    int[] tokens(String text) {
        return selected.served().tokenizer().encode(text, addSpecialTokens);
    }

    private static OptionalInt first(OptionalInt... values) {
        return Arrays.stream(values)
                .filter(OptionalInt::isPresent)
                .findFirst()
                .orElse(OptionalInt.empty());
    }

    private static int logprobs(Fields fields) {
        boolean wanted = fields.flag("logprobs", false);
        var top = fields.integer("top_logprobs", 0, MAX_LOGPROBS);
        if (top.isPresent() && top.getAsInt() > 0 && !wanted) {
            throw ApiException.invalid("top_logprobs", "'top_logprobs' needs 'logprobs': true.");
        }
        return wanted ? top.orElse(0) : -1;
    }
}
