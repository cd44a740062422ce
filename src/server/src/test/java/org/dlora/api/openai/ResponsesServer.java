package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.dlora.api.openai.responses.ResponseSettings;
import org.dlora.api.openai.responses.ResponsesApi;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.http.MediaType;
import tools.jackson.databind.JsonNode;

/** The server of {@link ApiTest} with the Responses API. */
@Import(ResponsesServer.Endpoints.class)
abstract class ResponsesServer extends ApiTest {
    static final String PATH = "/v1/responses";

    @TestConfiguration(proxyBeanMethods = false)
    @Import(ResponsesApi.class)
    static class Endpoints {
        @Bean
        ResponseSettings responseSettings() {
            return new ResponseSettings(100, 1 << 20);
        }
    }

    /** Makes the engine answer every request with {@code text}. */
    void say(String text) {
        engine.answer(request -> Events.saying(text, request.prompt().length));
    }

    /** The answer of a call whose members are {@code members}, such as {@code "input": "Hi"}. */
    JsonNode create(String members) {
        return ask(PATH, "{" + members + "}");
    }

    /** The events of a stream; the name of each is its type, and they are numbered. */
    List<JsonNode> events(String members) {
        var text =
                post(PATH, "{" + members + ", \"stream\": true}")
                        .expectStatus()
                        .isOk()
                        .expectHeader()
                        .contentType(MediaType.TEXT_EVENT_STREAM)
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        var events =
                Arrays.stream(String.valueOf(text).split("\n\n"))
                        .map(ResponsesServer::event)
                        .toList();
        for (int i = 0; i < events.size(); i++) {
            assertThat(events.get(i).get("sequence_number").intValue()).isEqualTo(i);
        }
        return events;
    }

    private static JsonNode event(String frame) {
        var lines = frame.split("\n");
        assertThat(lines).hasSize(2);
        var data = json(lines[1].substring("data: ".length()));
        assertThat(lines[0]).isEqualTo("event: " + data.get("type").asString());
        return data;
    }

    /** The answer of a call that must end in {@code status}. */
    JsonNode get(String path, int status) {
        var answer =
                client().get()
                        .uri(path)
                        .exchange()
                        .expectStatus()
                        .isEqualTo(status)
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        return json(String.valueOf(answer));
    }

    /** The error of a call that is refused with {@code status}. */
    JsonNode refused(int status, String members) {
        var answer =
                post(PATH, "{" + members + "}")
                        .expectStatus()
                        .isEqualTo(status)
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        return json(String.valueOf(answer)).get("error");
    }

    /** The text of the last prompt that the engine got. */
    String prompt() {
        return base.tokenizer().decode(engine.submitted.getLast().prompt(), false);
    }

    static String id(JsonNode answer) {
        return answer.get("id").asString();
    }

    static String text(JsonNode response) {
        return response.at("/output/0/content/0/text").asString();
    }
}
