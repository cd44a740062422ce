package org.dlora.console.playground;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class ClientCodeTest {
    private static final String URL = "http://127.0.0.1:8080";

    private static ClientCode code(String body) {
        return ClientCode.of(URL, (ObjectNode) new JsonMapper().readTree(body));
    }

    @Test
    void quotesOfTheTextStayWithinThoseOfTheShell() {
        var code =
                code(
                        "{\"model\": \"a\", \"messages\": [{\"role\": \"user\", \"content\": \"it's $HOME\"}]}");
        assertThat(code.curl())
                .contains(URL + "/v1/chat/completions", "\"it'\\''s $HOME\"")
                .endsWith("}'\n");
    }

    @Test
    void pythonHasTheArgumentsOfItsClient() {
        var code =
                code(
                        """
                        {"model": "a", "messages": [{"role": "user", "content": "a \\"b\\" ü\\n"}], "seed": 3, "logprobs": true}\
                        """);
        assertThat(code.python())
                .contains(
                        "base_url=\"" + URL + "/v1\"",
                        "    model=\"a\",",
                        "    messages=[{\"role\":\"user\",\"content\":\"a \\\"b\\\" ü\\n\"}],",
                        "    seed=3,",
                        "    logprobs=True,");
    }

    @Test
    void javaHasTheCallsOfItsBuilder() {
        var code =
                code(
                        """
                        {"model": "a@2", "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}, {"role": "assistant", "content": "v"}], "temperature": 0.5, "top_p": 1, "max_tokens": 8, "stop": ["x", "y"]}\
                        """);
        assertThat(code.java())
                .contains(
                        ".model(\"a@2\")",
                        ".addSystemMessage(\"s\")",
                        ".addUserMessage(\"u\")",
                        ".addAssistantMessage(\"v\")",
                        ".temperature(0.5)",
                        ".maxCompletionTokens(8)",
                        ".stopOfStrings(List.of(\"x\", \"y\"))");
    }
}
