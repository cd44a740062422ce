package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Calls that the request forces are valid with any model: the demo model knows no tools, and at
 * temperature 1 it would write anything.
 */
class ForcedToolsIT extends ServerIT {
    private static final String PATH = "/v1/chat/completions";
    private static final JsonMapper JSON = new JsonMapper();
    private static final String TOOLS =
            """
            "tools": [{"type": "function", "function": {"name": "set", "parameters": {"type": "object", "additionalProperties": false,
                "properties": {"unit": {"enum": ["celsius", "fahrenheit"]}, "on": {"type": "boolean"}}, "required": ["unit", "on"]}}},
              {"type": "function", "function": {"name": "now"}}]
            """;

    private static String chat(String choice, String more) {
        return "{\"model\": \"dlora-demo\", \"max_tokens\": 400, \"messages\": [{\"role\": \"user\", \"content\": \"set celsius\"}], "
                + TOOLS
                + ", \"tool_choice\": "
                + choice
                + more
                + "}";
    }

    private JsonNode choice(String body) throws Exception {
        return JSON.readTree(post(PATH, body)).at("/choices/0");
    }

    private static void assertValid(JsonNode function) {
        var arguments = JSON.readTree(function.get("arguments").asString());
        switch (function.get("name").asString()) {
            case "now" -> assertThat(arguments.toString()).isEqualTo("{}");
            case "set" -> {
                assertThat(new TreeSet<>(arguments.propertyNames())).containsExactly("on", "unit");
                assertThat(arguments.get("on").isBoolean()).isTrue();
                assertThat(arguments.get("unit").asString()).isIn("celsius", "fahrenheit");
            }
            default -> throw new AssertionError(function.toString());
        }
    }

    @Test
    void requiredCallsAreValidAtAnyTemperature() throws Exception {
        for (int seed = 0; seed < 10; seed++) {
            var choice =
                    choice(
                            chat(
                                    "\"required\"",
                                    ", \"parallel_tool_calls\": false, \"temperature\": 1, \"seed\": "
                                            + seed));
            assertThat(choice.get("finish_reason").asString()).isEqualTo("tool_calls");
            assertThat(choice.at("/message/content").isNull()).isTrue();
            var calls = choice.at("/message/tool_calls");
            assertThat(calls.size()).isEqualTo(1);
            assertValid(calls.get(0).get("function"));
        }
    }

    @Test
    void aNamedFunctionGetsItsArgumentsAlone() throws Exception {
        for (int seed = 0; seed < 5; seed++) {
            var choice =
                    choice(
                            chat(
                                    "{\"type\": \"function\", \"function\": {\"name\": \"set\"}}",
                                    ", \"temperature\": 1, \"seed\": " + seed));
            assertThat(choice.get("finish_reason").asString()).isEqualTo("stop");
            var function = choice.at("/message/tool_calls/0/function");
            assertThat(function.get("name").asString()).isEqualTo("set");
            assertValid(function);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"required\"",
                "{\"type\": \"function\", \"function\": {\"name\": \"set\"}}"
            })
    void aStreamHasTheSameCalls(String forced) throws Exception {
        var more = ", \"parallel_tool_calls\": false, \"temperature\": 1, \"seed\": 3";
        var whole = choice(chat(forced, more)).at("/message/tool_calls/0/function");
        var name = new ArrayList<String>();
        var arguments = new StringBuilder();
        var events = post(PATH, chat(forced, more + ", \"stream\": true")).lines().toList();
        for (var event : events) {
            if (event.startsWith("data: {")) {
                var function =
                        JSON.readTree(event.substring("data: ".length()))
                                .at("/choices/0/delta/tool_calls/0/function");
                if (function.has("name")) {
                    name.add(function.get("name").asString());
                }
                arguments.append(function.path("arguments").asString(""));
            }
        }
        assertThat(name).isEqualTo(List.of(whole.get("name").asString()));
        assertThat(arguments).hasToString(whole.get("arguments").asString());
    }

    @Test
    void exhaustedTokensAreReportedAsLength() throws Exception {
        var choice = choice(chat("\"required\"", ", \"max_completion_tokens\": 3"));
        assertThat(choice.get("finish_reason").asString()).isEqualTo("length");
    }
}
