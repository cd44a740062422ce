package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.core.JsonValue;
import com.openai.errors.BadRequestException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessage;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.test.context.TestPropertySource;

/**
 * OpenAI's official client for Java calls tools in a loop. The demo model knows no tools, so a
 * constraint has it write the text of a call, which is then read as any model's.
 */
@TestPropertySource(properties = "dlora.tool-parser=llama3_json")
class OpenAiToolsIT extends OpenAiClientIT {
    private static final String CALL = "{\"name\":\"now\",\"parameters\":{}}";

    private static ChatCompletionCreateParams.Builder chat(String text) {
        return ChatCompletionCreateParams.builder()
                .model("dlora-demo")
                .temperature(0)
                .addUserMessage(text)
                .addFunctionTool(function("now"))
                .addFunctionTool(function("get_weather"));
    }

    /** A chat whose model writes {@link #CALL}, and is not told that this is a call. */
    private static ChatCompletionCreateParams.Builder calling() {
        return chat("What time is it?")
                .putAdditionalBodyProperty(
                        "structured_outputs", JsonValue.from(Map.of("choice", List.of(CALL))));
    }

    private static FunctionDefinition function(String name) {
        return FunctionDefinition.builder()
                .name(name)
                .description("What it does.")
                .parameters(
                        FunctionParameters.builder()
                                .putAdditionalProperty("type", JsonValue.from("object"))
                                .putAdditionalProperty(
                                        "properties",
                                        JsonValue.from(Map.of("city", Map.of("type", "string"))))
                                .build())
                .build();
    }

    private static ChatCompletionMessageFunctionToolCall call(ChatCompletionMessage message) {
        return message.toolCalls().orElseThrow().getFirst().asFunction();
    }

    @Test
    void aLoopCallsTheFunctionAndGoesOnWithItsResult() {
        var params = calling();
        var first = client.chat().completions().create(params.build());
        first.validate();
        var choice = first.choices().getFirst();
        assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
        assertThat(choice.message().content()).isEmpty();
        var call = call(choice.message());
        assertThat(call.function().name()).isEqualTo("now");
        assertThat(call.function().arguments()).isEqualTo("{}");
        params.addMessage(choice.message().toParam())
                .addMessage(
                        ChatCompletionToolMessageParam.builder()
                                .toolCallId(call.id())
                                .content("noon")
                                .build())
                .removeAdditionalBodyProperty("structured_outputs")
                .maxCompletionTokens(8);
        var second = client.chat().completions().create(params.build());
        second.validate();
        assertThat(second.choices()).hasSize(1);
    }

    @Test
    void aStreamAccumulatesToTheSameCall() {
        var whole = client.chat().completions().create(calling().build());
        var accumulator = ChatCompletionAccumulator.create();
        try (var stream = client.chat().completions().createStreaming(calling().build())) {
            stream.stream().forEach(accumulator::accumulate);
        }
        var streamed = accumulator.chatCompletion().choices().getFirst();
        assertThat(streamed.finishReason())
                .isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
        assertThat(call(streamed.message()).function())
                .isEqualTo(call(whole.choices().getFirst().message()).function());
        assertThat(call(streamed.message()).id()).startsWith("call_");
    }

    @Test
    void textsWithoutACallAreAsBefore() {
        var answer = client.chat().completions().create(chat("The quick brown fox").build());
        var choice = answer.choices().getFirst();
        assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
        assertThat(choice.message().content()).hasValue("The quick brown fox");
        assertThat(choice.message().toolCalls()).isEmpty();
    }

    @Test
    void aWrongToolIsTheClientsException() {
        var params = chat("x").addFunctionTool(function("now")).build();
        assertThatThrownBy(() -> client.chat().completions().create(params))
                .isInstanceOfSatisfying(
                        BadRequestException.class,
                        e -> assertThat(e.param()).contains("tools[2].function.name"));
    }

    @Test
    void modelsNameTheParser() throws Exception {
        assertThat(get("/v1/models/dlora-demo").body())
                .contains("\"tool_parser\":\"llama3_json\",\"reasoning_parser\":null");
    }
}
