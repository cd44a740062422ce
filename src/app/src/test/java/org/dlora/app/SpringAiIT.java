package org.dlora.app;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.ChatClientRequest;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.chat.client.advisor.ToolCallingAdvisor;
import org.springframework.ai.chat.client.advisor.api.CallAdvisor;
import org.springframework.ai.chat.client.advisor.api.CallAdvisorChain;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisor;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisorChain;
import org.springframework.ai.chat.messages.MessageType;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.test.context.TestPropertySource;
import reactor.core.publisher.Flux;

/**
 * Spring AI's client of OpenAI. The demo model repeats its prompt, so a prompt is the JSON that is
 * asked for; it knows no tools, so the first call of the model requires one.
 */
@TestPropertySource(properties = "dlora.tool-parser=llama3_json")
class SpringAiIT extends ServerIT {
    private static final String BASE = "dlora-demo";
    private static final String TEXT = "The quick brown fox";
    private static final String ROT13 = "Gur dhvpx oebja sbk";
    private static final String CALL = "{\"name\": \"sky\", \"parameters\": {\"day\":\"NOW\"}}";
    private static final Duration LONGEST = Duration.ofMinutes(3);

    enum Size {
        SMALL,
        LARGE
    }

    enum Day {
        NOW,
        LATER
    }

    record City(String name, Size size) {}

    /** A tool that notes its calls. */
    static final class Weather {
        private final List<Day> calls = new ArrayList<>();

        @Tool(description = "The weather of a day")
        String sky(Day day) {
            calls.add(day);
            return "sunny";
        }
    }

    /** Requires a call of a tool, and text once a result is there; it is inside of the loop. */
    private static final class RequiringFirst implements CallAdvisor, StreamAdvisor {
        @Override
        public String getName() {
            return "requires a call first";
        }

        @Override
        public int getOrder() {
            return ToolCallingAdvisor.DEFAULT_ORDER + 1;
        }

        @Override
        public ChatClientResponse adviseCall(ChatClientRequest request, CallAdvisorChain chain) {
            return chain.nextCall(chosen(request));
        }

        @Override
        public Flux<ChatClientResponse> adviseStream(
                ChatClientRequest request, StreamAdvisorChain chain) {
            return chain.nextStream(chosen(request));
        }

        private static ChatClientRequest chosen(ChatClientRequest request) {
            var prompt = request.prompt();
            boolean isFirst =
                    prompt.getInstructions().getLast().getMessageType() == MessageType.USER;
            var options =
                    ((OpenAiChatOptions) requireNonNull(prompt.getOptions()))
                            .mutate()
                            .toolChoice(isFirst ? "required" : "none")
                            .maxCompletionTokens(60)
                            .build();
            return request.mutate().prompt(prompt.mutate().chatOptions(options).build()).build();
        }
    }

    @Test
    void answersAndStreamsAlike() {
        var client = client("rot13");
        var response = answer(client.prompt(TEXT));
        assertThat(requireNonNull(response.getResult()).getOutput().getText()).isEqualTo(ROT13);
        assertThat(response.getMetadata().getUsage().getCompletionTokens())
                .isEqualTo(TEXT.length() + 1);
        var deltas =
                requireNonNull(client.prompt(TEXT).stream().content().collectList().block(LONGEST));
        assertThat(String.join("", deltas)).isEqualTo(ROT13);
        assertThat(deltas).hasSizeGreaterThan(1);
    }

    @Test
    void aSystemMessageGoesFirst() {
        var plain = answer(client(BASE).prompt(TEXT));
        var told = answer(client(BASE).prompt(TEXT).system("Be brief."));
        assertThat(told.getMetadata().getUsage().getPromptTokens())
                .isGreaterThan(plain.getMetadata().getUsage().getPromptTokens());
    }

    @Test
    void anEntityIsARecord() {
        var client = client(BASE);
        var city =
                client.prompt("{\"name\":\"Rome\",\"size\":\"LARGE\"}")
                        .call()
                        .entity(City.class, entity -> entity.useProviderStructuredOutput());
        assertThat(city).isEqualTo(new City("Rome", Size.LARGE));
        var other =
                client.prompt("no JSON at all")
                        .call()
                        .entity(City.class, entity -> entity.useProviderStructuredOutput());
        assertThat(requireNonNull(other).size()).isNotNull();
    }

    @Test
    void aToolIsCalled() {
        var weather = new Weather();
        var response =
                answer(client(BASE).prompt(CALL).tools(weather).advisors(new RequiringFirst()));
        assertThat(weather.calls).containsExactly(Day.NOW);
        assertThat(response.hasToolCalls()).isFalse();
    }

    @Test
    void aToolIsCalledInAStream() {
        var weather = new Weather();
        var responses =
                client(BASE).prompt(CALL).tools(weather).advisors(new RequiringFirst()).stream()
                        .chatResponse()
                        .collectList()
                        .block(LONGEST);
        assertThat(weather.calls).containsExactly(Day.NOW);
        assertThat(responses).isNotEmpty();
    }

    @Test
    void errorsAreThoseOfOpenAisClient() {
        assertThatThrownBy(() -> client("gpt-9").prompt(TEXT).call().content())
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("gpt-9");
        assertThatThrownBy(() ->
                        client(BASE)
                                .prompt(TEXT)
                                .options(OpenAiChatOptions.builder().temperature(3.0))
                                .call()
                                .content())
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("'temperature' must be a number from 0 to 2");
    }

    private static ChatResponse answer(ChatClient.ChatClientRequestSpec request) {
        return requireNonNull(request.call().chatResponse());
    }

    private ChatClient client(String model) {
        var options =
                OpenAiChatOptions.builder()
                        .baseUrl(url() + "/v1")
                        .apiKey("none")
                        .model(model)
                        .temperature(0.0)
                        .maxRetries(0)
                        .timeout(LONGEST);
        return ChatClient.create(OpenAiChatModel.builder().options(options.build()).build());
    }
}
