package org.dlora.api.openai.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Messages as chat templates see them. */
class ConversationTest {
    private static final JsonMapper JSON = new JsonMapper();

    private static List<Map<String, Object>> messages(String messages) {
        var body = (ObjectNode) JSON.readTree("{\"messages\": " + messages + "}");
        return Conversation.read(Fields.of(body)).messages();
    }

    /** A template may test a member such as {@code name} for being there, so null is absent. */
    @Test
    void otherMembersGoToTheTemplateAndNullsDoNot() {
        var message =
                messages(
                                """
                                [{"role": "user", "name": "Ann", "content": "Hi", "tool_calls": null,
                                  "weight": 1, "tags": ["a", {"b": null}], "refusal": null}]
                                """)
                        .getFirst();
        assertThat(message.keySet()).containsExactly("role", "name", "content", "weight", "tags");
        assertThat(message)
                .containsEntry("role", "user")
                .containsEntry("name", "Ann")
                .containsEntry("content", "Hi")
                .containsEntry("weight", 1);
        var inner = new HashMap<String, Object>();
        inner.put("b", null);
        assertThat(message.get("tags")).isEqualTo(Arrays.asList("a", inner));
    }

    @Test
    void messagesKeepTheirOrderAndPartsAreOneText() {
        var conversation =
                messages(
                        """
                        [{"role": "system", "content": []},
                         {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": ""},
                                                      {"type": "text", "text": "b\\n"}]},
                         {"role": "assistant", "content": "", "tool_calls": [], "function_call": {}}]
                        """);
        assertThat(conversation)
                .extracting(m -> m.get("role"))
                .containsExactly("system", "user", "assistant");
        assertThat(conversation)
                .extracting(m -> m.get("content"))
                .containsExactly("", "a\n\nb\n", "");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"role": "user", "content": null}                           | messages[1].content         | 'messages[1].content' is required: a string or text parts.
                    {"role": null, "content": "x"}                              | messages[1].role            | 'messages[1].role' is required: a string such as 'user'.
                    {"role": "user", "content": {"text": "x"}}                  | messages[1].content         | 'messages[1].content' must be a string or an array of text parts, but is an object.
                    {"role": "user", "content": ["x"]}                          | messages[1].content[0]      | 'messages[1].content[0]' must be an object, but is "x".
                    {"role": "user", "content": [{"text": "x"}]}                | messages[1].content[0].type | 'messages[1].content[0].type' is required: 'text'.
                    {"role": "user", "content": [{"type": "text"}]}             | messages[1].content[0].text | 'messages[1].content[0].text' is required: a string.
                    {"role": "user", "content": [{"type": "text", "text": 7}]}  | messages[1].content[0].text | 'messages[1].content[0].text' must be a string, but is 7.
                    {"role": "user", "content": "x", "audio": {"id": "a"}}      | messages[1].audio           | 'messages[1].audio' is not supported: messages are text.
                    {"role": "user", "content": "x", "function_call": {"name": "f"}} | messages[1].function_call | 'messages[1].function_call' is not supported: messages are text.
                    null                                                        | messages[1]                 | 'messages[1]' must be an object, but is null.
                    """)
    void aBadMemberIsNamedByItsPlace(String message, String param, String problem) {
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() ->
                        messages("[{\"role\": \"user\", \"content\": \"x\"}, " + message + "]"))
                .withMessage(problem)
                .satisfies(e -> assertThat(e.body().error().param()).isEqualTo(param));
    }
}
