package org.dlora.api.openai.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tests of the values of parameters without an effect: those that are accepted, and those that are
 * refused.
 */
class UnsupportedParameterCheckTest {
    private static final JsonMapper JSON = new JsonMapper();

    private static Fields fields(String members) {
        return Fields.of((ObjectNode) JSON.readTree("{" + members + "}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    service_tier                  | "default"        | "priority"
                    service_tier                  | "auto"           | false
                    use_beam_search               | false            | 0
                    spaces_between_special_tokens | true             | false
                    priority                      | 0                | 1
                    priority                      | 0.0              | "0"
                    bad_words                     | []               | "x"
                    functions                     | []               | [{}]
                    function_call                 | "auto"           | {"name": "f"}
                    modalities                    | ["text"]         | []
                    modalities                    | ["text"]         | ["text", "audio"]
                    modalities                    | ["text"]         | ["audio"]
                    modalities                    | ["text"]         | "text"
                    store                         | false            | true
                    """)
    void aChatMaySayTheDefaultAndNothingElse(String name, String harmless, String other) {
        var taken = fields("\"" + name + "\": " + harmless);
        UnsupportedParameterCheck.chat(taken);
        taken.end();
        assertRefused(name, fields("\"" + name + "\": " + other));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    guided_json            | {}
                    guided_regex           | ""
                    guided_choice          | []
                    guided_grammar         | ""
                    audio                  | {}
                    prediction             | {}
                    web_search_options     | {}
                    chat_template          | ""
                    """)
    void someParametersHaveNoHarmlessValueButNull(String name, String value) {
        assertRefused(name, fields("\"" + name + "\": " + value));
        var absent = fields("\"" + name + "\": null");
        UnsupportedParameterCheck.chat(absent);
        absent.end();
    }

    @Test
    void membersThatDescribeTheClientHaveNoEffect() {
        var fields =
                fields(
                        """
                        "user": 1, "safety_identifier": [], "metadata": {"a": "b"}, "prompt_cache_key": "k",
                        "prompt_cache_retention": "24h", "request_id": "r"
                        """);
        UnsupportedParameterCheck.completion(fields);
        fields.end();
    }

    /** Parameters of a chat alone are unknown to a text completion, and the other way round. */
    @Test
    void textCompletionsHaveParametersOfTheirOwn() {
        var embeds = fields("\"prompt_embeds\": []");
        UnsupportedParameterCheck.completion(embeds);
        embeds.end();
        var filled = fields("\"prompt_embeds\": [1]");
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> UnsupportedParameterCheck.completion(filled))
                .withMessage("'prompt_embeds' is not supported: give a text or token ids.");
        var tools = fields("\"tools\": []");
        UnsupportedParameterCheck.completion(tools);
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(tools::end)
                .withMessageStartingWith("Unknown parameter: 'tools'.");
    }

    private static void assertRefused(String name, Fields fields) {
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> UnsupportedParameterCheck.chat(fields))
                .withMessageStartingWith("'" + name + "' is not supported: ")
                .satisfies(e -> {
                    assertThat(e.body().error().param()).isEqualTo(name);
                    assertThat(e.body().error().code()).isEqualTo("unsupported_parameter");
                    assertThat(e.status().value()).isEqualTo(400);
                });
    }
}
