package org.dlora.api.openai.responses;

import org.dlora.api.web.Fields;
import tools.jackson.databind.JsonNode;

/** Members of OpenAI's that would change the answer and are not supported: refused by name. */
final class UnsupportedMembers {
    private UnsupportedMembers() {}

    static void check(Fields fields) {
        fields.ignore("prompt_cache_retention", "prompt_cache_options", "request_id");
        fields.unsupported(
                "background", "a response is made while its client waits", UnsupportedMembers::no);
        fields.unsupported(
                "background_options",
                "responses are not made in the background",
                UnsupportedMembers::empty);
        fields.unsupported(
                "conversation",
                "go on from a response with 'previous_response_id'",
                UnsupportedMembers::never);
        fields.unsupported(
                "prompt", "there are no prompt templates; send 'input'", UnsupportedMembers::never);
        fields.unsupported(
                "truncation",
                "only 'disabled' is; shorten 'input'",
                node -> node.isString() && node.stringValue().equals("disabled"));
        fields.unsupported("context_management", "shorten 'input'", UnsupportedMembers::empty);
        fields.unsupported("moderation", "the server does not moderate", UnsupportedMembers::never);
        fields.unsupported("access_programs", "there are none", UnsupportedMembers::empty);
        fields.unsupported("image", "inputs are text", UnsupportedMembers::empty);
    }

    private static boolean never(JsonNode node) {
        return false;
    }

    private static boolean empty(JsonNode node) {
        return node.isContainer() && node.isEmpty();
    }

    private static boolean no(JsonNode node) {
        return node.isBoolean() && !node.booleanValue();
    }
}
