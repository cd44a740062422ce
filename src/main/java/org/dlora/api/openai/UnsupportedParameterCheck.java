package org.dlora.api.openai;

import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/**
 * Check for parameters of OpenAI's and vLLM's APIs that would change the answer but are not
 * supported. They are refused by name, never ignored.
 */
final class UnsupportedParameterCheck {
    private UnsupportedParameterCheck() {}

    /** Checks the parameters that both endpoints share. */
    static void common(Fields fields) {
        fields.ignore(
                "user",
                "safety_identifier",
                "metadata",
                "prompt_cache_key",
                "prompt_cache_retention",
                "request_id");
        fields.unsupported(
                "service_tier", "there is one tier, 'auto' or 'default'", oneOf("auto", "default"));
        fields.unsupported(
                "use_beam_search", "use sampling with 'n' instead", UnsupportedParameterCheck::no);
        fields.unsupported(
                "prompt_logprobs",
                "use /v1/completions with 'echo' and 'logprobs'",
                UnsupportedParameterCheck::never);
        fields.unsupported(
                "truncate_prompt_tokens", "shorten the prompt", UnsupportedParameterCheck::never);
        fields.unsupported(
                "spaces_between_special_tokens", "only true is", UnsupportedParameterCheck::yes);
        fields.unsupported(
                "return_tokens_as_token_ids",
                "use 'return_token_ids'",
                UnsupportedParameterCheck::no);
        fields.unsupported(
                "priority",
                "all requests have priority 0",
                node -> node.intValueOpt().equals(OptionalInt.of(0)));
        for (var name :
                new String[] {
                    "guided_json",
                    "guided_regex",
                    "guided_choice",
                    "guided_grammar",
                    "guided_decoding_backend",
                    "guided_whitespace_pattern"
                }) {
            fields.unsupported(name, "use 'structured_outputs'", UnsupportedParameterCheck::never);
        }
        for (var name : new String[] {"allowed_token_ids", "bad_words", "logprob_token_ids"}) {
            fields.unsupported(
                    name, "use 'logit_bias' to steer tokens", UnsupportedParameterCheck::empty);
        }
    }

    static void chat(Fields fields) {
        common(fields);
        var tools = "the server does not call tools";
        fields.unsupported("tools", tools, UnsupportedParameterCheck::empty);
        fields.unsupported("tool_choice", tools, oneOf("none", "auto"));
        fields.unsupported("functions", tools, UnsupportedParameterCheck::empty);
        fields.unsupported("function_call", tools, oneOf("none", "auto"));
        fields.unsupported("parallel_tool_calls", tools, JsonNode::isBoolean);
        fields.unsupported("audio", "answers are text", UnsupportedParameterCheck::never);
        fields.unsupported("modalities", "only [\"text\"] is", UnsupportedParameterCheck::textOnly);
        fields.unsupported("prediction", "leave it out", UnsupportedParameterCheck::never);
        fields.unsupported(
                "web_search_options",
                "the server does not search",
                UnsupportedParameterCheck::never);
        fields.unsupported(
                "reasoning_effort",
                "give the template's own switch in 'chat_template_kwargs'",
                UnsupportedParameterCheck::never);
        fields.unsupported("verbosity", "ask for it in a message", oneOf("medium"));
        fields.unsupported("store", "nothing is stored", UnsupportedParameterCheck::no);
        fields.unsupported(
                "chat_template",
                "the model's own template is used",
                UnsupportedParameterCheck::never);
        fields.unsupported(
                "documents", "put them into a message", UnsupportedParameterCheck::empty);
        fields.unsupported(
                "continue_final_message", "use /v1/completions", UnsupportedParameterCheck::no);
        fields.unsupported(
                "echo", "it is a parameter of /v1/completions", UnsupportedParameterCheck::no);
    }

    static void completion(Fields fields) {
        common(fields);
        fields.unsupported(
                "suffix", "the models served do not fill in", UnsupportedParameterCheck::emptyText);
    }

    private static boolean never(JsonNode node) {
        return false;
    }

    private static boolean empty(JsonNode node) {
        return node.isContainer() && node.isEmpty();
    }

    private static boolean yes(JsonNode node) {
        return node.isBoolean() && node.booleanValue();
    }

    private static boolean no(JsonNode node) {
        return node.isBoolean() && !node.booleanValue();
    }

    private static Predicate<JsonNode> oneOf(String... texts) {
        var harmless = Set.of(texts);
        return node -> node.isString() && harmless.contains(node.stringValue());
    }

    private static boolean emptyText(JsonNode node) {
        return node.isString() && node.stringValue().isEmpty();
    }

    private static boolean textOnly(JsonNode node) {
        return node.isArray() && node.size() == 1 && oneOf("text").test(node.get(0));
    }
}
