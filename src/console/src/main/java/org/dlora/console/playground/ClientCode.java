package org.dlora.console.playground;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Programs that send a chat, for those who copy them.
 *
 * @param curl command for a shell
 * @param python for OpenAI's Python client
 * @param java for OpenAI's Java client
 */
record ClientCode(String curl, String python, String java) {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    private static final JsonMapper COMPACT = new JsonMapper();

    /** Names of parameters in the Java client's builder. */
    private static final Map<String, String> SETTERS =
            Map.of(
                    "temperature", "temperature",
                    "top_p", "topP",
                    "max_tokens", "maxCompletionTokens",
                    "seed", "seed",
                    "logprobs", "logprobs",
                    "top_logprobs", "topLogprobs");

    /**
     * @param url of the server, without a slash at its end
     */
    static ClientCode of(String url, ObjectNode body) {
        return new ClientCode(curl(url, body), python(url, body), java(url, body));
    }

    private static String curl(String url, ObjectNode body) {
        return """
        curl %s/v1/chat/completions \\
          -H "Authorization: Bearer ${DLORA_KEY:-none}" \\
          -H 'Content-Type: application/json' \\
          -d '%s'
        """
                .formatted(url, JSON.writeValueAsString(body).replace("'", "'\\''"));
    }

    // Texts and numbers of JSON are those of Python too.
    private static String python(String url, ObjectNode body) {
        var arguments =
                body.propertyStream()
                        .map(one -> "    %s=%s,".formatted(one.getKey(), python(one.getValue())))
                        .collect(Collectors.joining("\n"));
        return """
        import os
        from openai import OpenAI

        client = OpenAI(base_url="%s/v1", api_key=os.environ.get("DLORA_KEY", "none"))
        answer = client.chat.completions.create(
        %s
        )
        print(answer.choices[0].message.content)
        """
                .formatted(url, arguments);
    }

    private static String python(JsonNode value) {
        return value.isBoolean()
                ? value.asBoolean() ? "True" : "False"
                : COMPACT.writeValueAsString(value);
    }

    // Texts of JSON are those of Java too: control characters alone are escaped by their number.
    private static String java(String url, ObjectNode body) {
        var calls =
                body.propertyStream()
                        .flatMap(one -> java(one.getKey(), one.getValue()).stream())
                        .map(call -> "                ." + call)
                        .collect(Collectors.joining("\n"));
        return """
        import com.openai.client.okhttp.OpenAIOkHttpClient;
        import com.openai.models.chat.completions.ChatCompletionCreateParams;
        import java.util.List;

        var key = System.getenv().getOrDefault("DLORA_KEY", "none");
        var client = OpenAIOkHttpClient.builder().baseUrl("%s/v1").apiKey(key).build();
        var answer = client.chat().completions().create(
                ChatCompletionCreateParams.builder()
        %s
                        .build());
        System.out.println(answer.choices().getFirst().message().content().orElse(""));
        """
                .formatted(url, calls);
    }

    private static List<String> java(String name, JsonNode value) {
        return switch (name) {
            case "model" -> List.of("model(%s)".formatted(COMPACT.writeValueAsString(value)));
            case "messages" -> value.valueStream().map(ClientCode::message).toList();
            case "stop" ->
                    List.of(
                            value.valueStream()
                                    .map(COMPACT::writeValueAsString)
                                    .collect(
                                            Collectors.joining(
                                                    ", ", "stopOfStrings(List.of(", "))")));
            default -> List.of("%s(%s)".formatted(SETTERS.get(name), value));
        };
    }

    private static String message(JsonNode message) {
        var adder =
                switch (message.get("role").asString()) {
                    case "system" -> "addSystemMessage";
                    case "assistant" -> "addAssistantMessage";
                    default -> "addUserMessage";
                };
        return "%s(%s)".formatted(adder, COMPACT.writeValueAsString(message.get("content")));
    }
}
