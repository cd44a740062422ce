package org.dlora.api.openai.responses;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dlora.api.openai.call.RequestLimits;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import tools.jackson.databind.node.ObjectNode;

/**
 * A body of {@code POST /v1/responses}, translated to a chat, which checks the parameters that both
 * have.
 *
 * @param owner who calls
 * @param items the conversation up to the answer, in the full form of items
 * @param chat body of {@code /v1/chat/completions}
 * @param echo parameters that the answer repeats
 */
record ResponseRequest(
        ResponseOwner owner, List<ObjectNode> items, ObjectNode chat, EchoedParameters echo) {

    /** Names of the members of {@link #chat} in a call, for errors. */
    static final Map<String, String> NAMES =
            Map.of(
                    "messages", "input",
                    "max_completion_tokens", "max_output_tokens",
                    "response_format", "text.format");

    /** Parameters that a chat has under the same name: OpenAI's, and vLLM's. */
    private static final List<String> SHARED =
            List.of(
                    "temperature",
                    "top_p",
                    "user",
                    "stream",
                    "service_tier",
                    "parallel_tool_calls",
                    "top_k",
                    "min_p",
                    "presence_penalty",
                    "frequency_penalty",
                    "repetition_penalty",
                    "logit_bias",
                    "seed",
                    "stop",
                    "stop_token_ids",
                    "ignore_eos",
                    "min_tokens",
                    "skip_special_tokens",
                    "include_stop_str_in_output",
                    "chat_template_kwargs",
                    "cache_salt",
                    "dlora_exact");

    /**
     * Returns the request of a body.
     *
     * @throws ApiException if it is refused
     */
    static ResponseRequest read(
            ObjectNode body, ServedModel served, ResponseOwner owner, ResponseStore store) {
        var fields = Fields.of(body);
        UnsupportedMembers.check(fields);
        var chat = body.objectNode();
        var previous = fields.text("previous_response_id").orElse(null);
        var items = new ArrayList<ObjectNode>();
        if (previous != null) {
            items.addAll(previous(previous, owner, store).conversation());
        }
        var input = fields.required("input", "a string or an array of items");
        var references = new ItemReferences(id -> store.withItem(id, owner));
        long longest = RequestLimits.longestText(served);
        items.addAll(new InputItems(references, items.size(), longest).read(input));
        var instructions = fields.text("instructions").orElse(null);
        chat.put("model", fields.text("model").orElse(served.name()));
        chat.set("messages", ChatMessages.of(instructions, items));
        for (var name : SHARED) {
            fields.any(name).ifPresent(value -> chat.set(name, value));
        }
        var maxTokens = number(fields, "max_output_tokens");
        if (maxTokens != null) {
            chat.put("max_completion_tokens", maxTokens);
        }
        int topLogprobs = fields.integer("top_logprobs", 0, Integer.MAX_VALUE).orElse(0);
        if (IncludeField.logprobs(fields)) {
            chat.put("logprobs", true).put("top_logprobs", topLogprobs);
        } else if (topLogprobs > 0) {
            throw ApiException.invalid(
                    "top_logprobs",
                    "'top_logprobs' needs 'include': [\"" + IncludeField.LOGPROBS + "\"].");
        }
        var tools = ToolFields.tools(fields, chat);
        var echo =
                new EchoedParameters(
                        instructions,
                        maxTokens,
                        number(fields, "max_tool_calls"),
                        chat.get("model").asString(),
                        fields.flag("parallel_tool_calls", true),
                        previous,
                        MetadataField.text(fields, "prompt_cache_key"),
                        ReasoningField.read(fields, chat),
                        MetadataField.text(fields, "safety_identifier"),
                        fields.flag("store", true),
                        TextField.read(fields, chat),
                        ToolFields.choice(fields, chat),
                        tools,
                        topLogprobs,
                        MetadataField.text(fields, "user"),
                        MetadataField.read(fields),
                        fields.flag("stream", false));
        checkStreamOptions(fields, echo.stream());
        fields.end();
        return new ResponseRequest(owner, items, chat, echo);
    }

    private static @Nullable Integer number(Fields fields, String name) {
        var number = fields.integer(name, 1, Integer.MAX_VALUE);
        return number.isPresent() ? number.getAsInt() : null;
    }

    private static StoredResponse previous(String id, ResponseOwner owner, ResponseStore store) {
        return store.find(id, owner)
                .orElseThrow(() ->
                        ApiException.of(
                                HttpStatus.BAD_REQUEST,
                                "Previous response with id '" + id + "' not found.",
                                "previous_response_id",
                                "previous_response_not_found"));
    }

    private static void checkStreamOptions(Fields fields, boolean stream) {
        var options = fields.object("stream_options").orElse(null);
        if (options == null) {
            return;
        }
        if (!stream) {
            throw ApiException.invalid(
                    "stream_options", "'stream_options' is only allowed with 'stream': true.");
        }
        var members = Fields.at("stream_options", options);
        members.flag("include_obfuscation", false);
        members.end();
    }
}
