package org.dlora.app;

import static dev.langchain4j.model.chat.Capability.RESPONSE_FORMAT_JSON_SCHEMA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiResponsesChatModel;
import dev.langchain4j.model.openai.OpenAiResponsesStreamingChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.Result;
import dev.langchain4j.service.TokenStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.test.context.TestPropertySource;

/**
 * LangChain4j with both of its models for OpenAI: chats and the Responses API. The demo model
 * repeats its prompt, so a prompt is the JSON that is asked for; it knows no tools, so a service's
 * first call of the model requires one.
 */
@TestPropertySource(properties = "dlora.tool-parser=llama3_json")
class LangChain4jIT extends ServerIT {
    private static final String BASE = "dlora-demo";
    private static final String TEXT = "The quick brown fox";
    private static final String ROT13 = "Gur dhvpx oebja sbk";
    private static final String CALL = "{\"name\": \"sky\", \"parameters\": {\"day\":\"NOW\"}}";

    enum Endpoint {
        CHATS,
        RESPONSES
    }

    enum Size {
        SMALL,
        LARGE
    }

    enum Day {
        NOW,
        LATER
    }

    record City(String name, Size size) {}

    interface Cities {
        City read(String text);
    }

    interface Assistant {
        Result<String> answer(String text);
    }

    interface StreamingAssistant {
        TokenStream answer(String text);
    }

    /** A tool that notes its calls. */
    static final class Weather {
        private final List<Day> calls = new ArrayList<>();

        @Tool("The weather of a day")
        String sky(@P("which day") Day day) {
            calls.add(day);
            return "sunny";
        }
    }

    @ParameterizedTest
    @EnumSource
    void answersAndStreamsAlike(Endpoint endpoint) throws Exception {
        var whole = model(endpoint, "rot13").chat(UserMessage.from(TEXT));
        assertThat(whole.aiMessage().text()).isEqualTo(ROT13);
        assertThat(whole.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(whole.tokenUsage().outputTokenCount()).isEqualTo(TEXT.length() + 1);
        var deltas = new ArrayList<String>();
        var streamed =
                completed(
                        AiServices.create(
                                        StreamingAssistant.class, streamingModel(endpoint, "rot13"))
                                .answer(TEXT)
                                .onPartialResponse(deltas::add));
        assertThat(String.join("", deltas)).isEqualTo(ROT13);
        assertThat(deltas).hasSizeGreaterThan(1);
        assertThat(streamed.aiMessage().text()).isEqualTo(ROT13);
        assertThat(streamed.tokenUsage().outputTokenCount()).isEqualTo(TEXT.length() + 1);
    }

    @ParameterizedTest
    @EnumSource
    void aServiceReturnsARecord(Endpoint endpoint) {
        var cities = AiServices.create(Cities.class, model(endpoint, BASE));
        assertThat(cities.read("{\"name\":\"Rome\",\"size\":\"LARGE\"}"))
                .isEqualTo(new City("Rome", Size.LARGE));
        assertThat(cities.read("no JSON at all").size()).isNotNull();
    }

    @ParameterizedTest
    @EnumSource
    void aServiceCallsATool(Endpoint endpoint) {
        var weather = new Weather();
        var result =
                AiServices.builder(Assistant.class)
                        .chatModel(model(endpoint, BASE))
                        .tools(weather)
                        .chatRequestTransformer(LangChain4jIT::requiringFirst)
                        .build()
                        .answer(CALL);
        assertThat(weather.calls).containsExactly(Day.NOW);
        assertThat(result.toolExecutions())
                .singleElement()
                .satisfies(execution -> assertThat(execution.result()).isEqualTo("sunny"));
        assertThat(result.finishReason()).isIn(FinishReason.STOP, FinishReason.LENGTH);
    }

    @ParameterizedTest
    @EnumSource
    void aServiceCallsAToolInAStream(Endpoint endpoint) throws Exception {
        var weather = new Weather();
        var arguments = new StringBuilder();
        var results = new ArrayList<String>();
        completed(
                AiServices.builder(StreamingAssistant.class)
                        .streamingChatModel(streamingModel(endpoint, BASE))
                        .tools(weather)
                        .chatRequestTransformer(LangChain4jIT::requiringFirst)
                        .build()
                        .answer(CALL)
                        .onPartialResponse(_ -> {})
                        .onPartialToolCall(call -> arguments.append(call.partialArguments()))
                        .onToolExecuted(execution -> results.add(execution.result())));
        assertThat(arguments.toString()).containsIgnoringWhitespaces("{\"day\":\"NOW\"}");
        assertThat(weather.calls).containsExactly(Day.NOW);
        assertThat(results).containsExactly("sunny");
    }

    @Test
    void errorsBecomeTheClientsExceptions() {
        assertThatThrownBy(() -> model(Endpoint.CHATS, "gpt-9").chat(TEXT))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("gpt-9");
        var request =
                ChatRequest.builder().messages(UserMessage.from(TEXT)).temperature(3.0).build();
        assertThat(Stream.of(Endpoint.values()))
                .allSatisfy(endpoint ->
                        assertThatThrownBy(() -> model(endpoint, BASE).chat(request))
                                .isInstanceOf(InvalidRequestException.class)
                                .hasMessageContaining(
                                        "'temperature' must be a number from 0 to 2"));
    }

    /** Requires a call of a tool, and text once a result is there. */
    private static ChatRequest requiringFirst(ChatRequest request) {
        boolean isFirst = request.messages().getLast() instanceof UserMessage;
        return request.toBuilder()
                .toolChoice(isFirst ? ToolChoice.REQUIRED : ToolChoice.NONE)
                .maxOutputTokens(60)
                .build();
    }

    private static ChatResponse completed(TokenStream stream) throws Exception {
        var whole = new CompletableFuture<ChatResponse>();
        stream.onCompleteResponse(whole::complete).onError(whole::completeExceptionally).start();
        return whole.get(3, TimeUnit.MINUTES);
    }

    private ChatModel model(Endpoint endpoint, String name) {
        return switch (endpoint) {
            case CHATS ->
                    OpenAiChatModel.builder()
                            .baseUrl(url() + "/v1")
                            .apiKey("none")
                            .modelName(name)
                            .temperature(0.0)
                            .supportedCapabilities(RESPONSE_FORMAT_JSON_SCHEMA)
                            .strictJsonSchema(true)
                            .strictTools(true)
                            .maxRetries(0)
                            .timeout(Duration.ofMinutes(3))
                            .build();
            case RESPONSES ->
                    OpenAiResponsesChatModel.builder()
                            .baseUrl(url() + "/v1")
                            .apiKey("none")
                            .modelName(name)
                            .temperature(0.0)
                            .strictJsonSchema(true)
                            .build();
        };
    }

    private StreamingChatModel streamingModel(Endpoint endpoint, String name) {
        return switch (endpoint) {
            case CHATS ->
                    OpenAiStreamingChatModel.builder()
                            .baseUrl(url() + "/v1")
                            .apiKey("none")
                            .modelName(name)
                            .temperature(0.0)
                            .timeout(Duration.ofMinutes(3))
                            .build();
            case RESPONSES ->
                    OpenAiResponsesStreamingChatModel.builder()
                            .baseUrl(url() + "/v1")
                            .apiKey("none")
                            .modelName(name)
                            .temperature(0.0)
                            .build();
        };
    }
}
