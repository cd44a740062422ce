package org.dlora.api.openai.call;

import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import org.dlora.api.web.Fields;
import tools.jackson.databind.JsonNode;

/**
 * Check for parameters of OpenAI's and vLLM's APIs that have no effect here. One rule holds for all
 * of them: null, the value that holds anyway, and what cannot change the answer are accepted;
 * everything else is refused by name, never ignored. {@code docs/http.md} has a row for each.
 */
public final class UnsupportedParameterCheck {
    private UnsupportedParameterCheck() {}

    /** Checks the parameters that both endpoints share. */
    static void common(Fields fields) {
        fields.ignore(
                "user",
                "safety_identifier",
                "metadata",
                "prompt_cache_key",
                "prompt_cache_retention",
                "request_id",
                "session_id",
                "stream_interval",
                "return_token_offsets",
                "return_mm_kwargs",
                "mm_payload");
        fields.unsupported(
                "service_tier", "there is one tier, 'auto' or 'default'", oneOf("auto", "default"));
        fields.unsupported(
                "use_beam_search",
                "Beam search is not supported; use sampling with 'n' instead",
                UnsupportedParameterCheck::no);
        fields.unsupported(
                "length_penalty", "there is no beam search", UnsupportedParameterCheck::one);
        fields.unsupported("detokenize", "answers are texts", UnsupportedParameterCheck::yes);
        fields.unsupported(
                "spaces_between_special_tokens", "only true is", UnsupportedParameterCheck::yes);
        fields.unsupported("watermarking", "leave it out", UnsupportedParameterCheck::no);
        fields.unsupported("moderation", "leave it out", UnsupportedParameterCheck::never);
        fields.unsupported(
                "return_weight_versions",
                "the header X-DLoRA-Adapter names the version",
                UnsupportedParameterCheck::no);
        fields.unsupported(
                "routed_experts_prompt_start",
                "mixtures of experts are not served",
                UnsupportedParameterCheck::zero);
        fields.unsupported(
                "repetition_detection",
                "use 'repetition_penalty' or 'stop'",
                UnsupportedParameterCheck::never);
        fields.unsupported(
                "thinking_token_budget", "use 'max_tokens'", UnsupportedParameterCheck::minusOne);
        for (var name :
                new String[] {
                    "kv_transfer_params",
                    "ec_transfer_params",
                    "vllm_xargs",
                    "mm_processor_kwargs",
                    "media_io_kwargs"
                }) {
            fields.unsupported(name, "leave it out", UnsupportedParameterCheck::emptyObject);
        }
        fields.unsupported(
                "priority", "all requests have priority 0", UnsupportedParameterCheck::zero);
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
        fields.unsupported(
                "bad_words", "use 'logit_bias' to steer tokens", UnsupportedParameterCheck::empty);
    }

    public static void chat(Fields fields) {
        common(fields);
        var tools = "it is an old name: use 'tools' and 'tool_choice'";
        fields.unsupported("functions", tools, UnsupportedParameterCheck::empty);
        fields.unsupported("function_call", tools, oneOf("none", "auto"));
        fields.unsupported("audio", "answers are text", UnsupportedParameterCheck::never);
        fields.unsupported("modalities", "only [\"text\"] is", UnsupportedParameterCheck::textOnly);
        fields.unsupported("prediction", "leave it out", UnsupportedParameterCheck::never);
        fields.unsupported(
                "web_search_options",
                "the server does not search",
                UnsupportedParameterCheck::never);
        fields.unsupported("store", "nothing is stored", UnsupportedParameterCheck::no);
        fields.unsupported(
                "chat_template",
                "the model's own template is used",
                UnsupportedParameterCheck::never);
        fields.unsupported(
                "return_prompt_text",
                "POST /tokenize and /detokenize show the prompt",
                UnsupportedParameterCheck::no);
    }

    /** Checks the parameters of a chat that is turned into tokens alone. */
    public static void tokenizedChat(Fields fields) {
        fields.unsupported(
                "chat_template",
                "the model's own template is used",
                UnsupportedParameterCheck::never);
        for (var name : new String[] {"mm_processor_kwargs", "media_io_kwargs"}) {
            fields.unsupported(name, "leave it out", UnsupportedParameterCheck::emptyObject);
        }
    }

    public static void completion(Fields fields) {
        common(fields);
        fields.unsupported(
                "prompt_embeds", "give a text or token ids", UnsupportedParameterCheck::emptyList);
    }

    private static boolean never(JsonNode node) {
        return false;
    }

    private static boolean empty(JsonNode node) {
        return node.isContainer() && node.isEmpty();
    }

    private static boolean emptyList(JsonNode node) {
        return node.isArray() && node.isEmpty();
    }

    private static boolean emptyObject(JsonNode node) {
        return node.isObject() && node.isEmpty();
    }

    private static boolean zero(JsonNode node) {
        return node.intValueOpt().equals(OptionalInt.of(0));
    }

    private static boolean minusOne(JsonNode node) {
        return node.intValueOpt().equals(OptionalInt.of(-1));
    }

    private static boolean one(JsonNode node) {
        return node.isNumber() && node.doubleValue() == 1;
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

    private static boolean textOnly(JsonNode node) {
        return node.isArray() && node.size() == 1 && oneOf("text").test(node.get(0));
    }
}
