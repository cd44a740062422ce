package org.dlora.api.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Responses that are kept, and conversations that go on from them. */
class KeptResponsesTest extends ResponsesServer {

    private void delete(String id, int status) {
        client().delete().uri(PATH + "/" + id).exchange().expectStatus().isEqualTo(status);
    }

    @Test
    void aConversationGoesOnFromAResponseWithoutItsInstructions() {
        say("Hello");
        var first = create("\"input\": \"Hi\", \"instructions\": \"Be brief.\"");
        assertThat(prompt()).contains("Be brief.");
        var second = create("\"input\": \"More\", \"previous_response_id\": \"" + id(first) + "\"");
        assertThat(prompt())
                .isEqualTo(
                        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n<|im_start|>user\nMore<|im_end|>\n<|im_start|>assistant\n");
        assertThat(second.get("previous_response_id").asString()).isEqualTo(id(first));
        // A conversation does not need its earlier responses.
        delete(id(first), 200);
        var events = events("\"input\": \"End\", \"previous_response_id\": \"" + id(second) + "\"");
        assertThat(prompt()).contains("user\nHi<", "user\nMore<", "user\nEnd<");
        var third = id(events.getLast().get("response"));
        create("\"input\": \"x\", \"previous_response_id\": \"" + third + "\"");
        assertThat(prompt()).contains("user\nEnd<", "user\nx<");
    }

    @Test
    void aResponseIsReadAndDeleted() {
        say("Hello");
        var answer = create("\"input\": \"Hi\"");
        assertThat(get(PATH + "/" + id(answer), 200)).isEqualTo(answer);
        var deleted =
                client().delete()
                        .uri(PATH + "/" + id(answer))
                        .exchange()
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        assertThat(json(String.valueOf(deleted)))
                .isEqualTo(
                        json(
                                "{\"id\": \"%s\", \"object\": \"response\", \"deleted\": true}"
                                        .formatted(id(answer))));
        var error = get(PATH + "/" + id(answer), 404).get("error");
        assertThat(error)
                .isEqualTo(
                        json(
                                "{\"message\": \"Response with id '%s' not found.\", \"type\": \"invalid_request_error\", \"param\": null, \"code\": null}"
                                        .formatted(id(answer))));
        delete(id(answer), 404);
        get(PATH + "/" + id(answer) + "/input_items", 404);
    }

    @Test
    void aResponseThatIsNotToBeStoredIsNotKept() {
        say("Hello");
        var answer = create("\"input\": \"Hi\", \"store\": false");
        assertThat(answer.get("store").booleanValue()).isFalse();
        get(PATH + "/" + id(answer), 404);
        var error =
                refused(400, "\"input\": \"x\", \"previous_response_id\": \"" + id(answer) + "\"");
        assertThat(error)
                .isEqualTo(
                        json(
                                "{\"message\": \"Previous response with id '%s' not found.\", \"type\": \"invalid_request_error\", \"param\": \"previous_response_id\", \"code\": \"previous_response_not_found\"}"
                                        .formatted(id(answer))));
    }

    @Test
    void aResponseThatIsTooLargeToKeepSaysSo() {
        say("x");
        // The model does not get reasoning again, but it is kept with its id.
        var input =
                "\"input\": [{\"role\": \"user\", \"content\": \"Hi\"}, {\"type\": \"reasoning\", \"id\": \"%s\"}]"
                        .formatted("r".repeat(90_000));
        var previous = "null";
        for (int i = 0; i < 11; i++) {
            var answer = create(input + ", \"previous_response_id\": " + previous);
            assertThat(answer.get("store").booleanValue()).isTrue();
            previous = "\"" + id(answer) + "\"";
        }
        var members = input + ", \"previous_response_id\": " + previous;
        for (var answer : List.of(create(members), events(members).getLast().get("response"))) {
            assertThat(answer.get("status").asString()).isEqualTo("completed");
            assertThat(answer.get("store").booleanValue()).isFalse();
            get(PATH + "/" + id(answer), 404);
        }
    }

    @Test
    void inputItemsAreThoseOfTheWholeConversation() {
        say("Hello");
        var first = create("\"input\": \"Hi\"");
        var second = create("\"input\": \"More\", \"previous_response_id\": \"" + id(first) + "\"");
        var path = PATH + "/" + id(second) + "/input_items";
        var page = get(path + "?order=asc", 200);
        assertThat(page.get("object").asString()).isEqualTo("list");
        assertThat(page.get("has_more").booleanValue()).isFalse();
        assertThat(page.get("data").valueStream().map(KeptResponsesTest::said))
                .containsExactly("user: Hi", "assistant: Hello", "user: More");
        assertThat(without(page.get("data").get(0), "id"))
                .isEqualTo(
                        json(
                                "{\"type\": \"message\", \"status\": \"completed\", \"role\": \"user\", \"content\": [{\"type\": \"input_text\", \"text\": \"Hi\"}]}"));
        assertThat(page.get("data").get(1)).isEqualTo(first.get("output").get(0));
        var latest = get(path + "?limit=2", 200);
        assertThat(latest.get("data").valueStream().map(KeptResponsesTest::said))
                .containsExactly("user: More", "assistant: Hello");
        assertThat(latest.get("has_more").booleanValue()).isTrue();
        var rest = get(path + "?after=" + latest.get("last_id").asString(), 200);
        assertThat(rest.get("data").valueStream().map(KeptResponsesTest::said))
                .containsExactly("user: Hi");
        assertThat(rest.get("first_id")).isEqualTo(rest.get("last_id"));
        for (var query : new String[] {"limit=0", "limit=many", "order=up", "after=msg_0"}) {
            var error = get(path + "?" + query, 400).get("error");
            assertThat(error.get("param").asString())
                    .isEqualTo(query.substring(0, query.indexOf('=')));
        }
        assertThat(get(PATH + "/" + id(second) + "?stream=true", 400).at("/error/param").asString())
                .isEqualTo("stream");
    }

    private static String said(JsonNode item) {
        return item.get("role").asString() + ": " + item.at("/content/0/text").asString();
    }

    @Test
    void anItemOfAnAnswerStandsInAnInputByItsId() {
        say("Hello");
        var item = id(create("\"input\": \"Hi\"").get("output").get(0));
        create(
                "\"input\": [{\"role\": \"user\", \"content\": \"Hi\"}, {\"type\": \"item_reference\", \"id\": \""
                        + item
                        + "\"}, {\"role\": \"user\", \"content\": \"More\"}]");
        assertThat(prompt())
                .isEqualTo(
                        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n<|im_start|>user\nMore<|im_end|>\n<|im_start|>assistant\n");
        var error = refused(404, "\"input\": [{\"type\": \"item_reference\", \"id\": \"msg_0\"}]");
        assertThat(error.get("message").asString()).isEqualTo("Item with id 'msg_0' not found.");
    }

    @Test
    void aClientThatGoesAwayCancelsItsResponseWhichIsNotKept() throws Exception {
        String sequence;
        String id;
        try (var client = new Socket(InetAddress.getLoopbackAddress(), port)) {
            var body = "{\"input\": \"Hi\", \"stream\": true}";
            client.getOutputStream()
                    .write(
                            ("POST /v1/responses HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                                            + body.length()
                                            + "\r\n\r\n"
                                            + body)
                                    .getBytes(UTF_8));
            sequence = String.valueOf(engine.started.poll(20, TimeUnit.SECONDS));
            // The stream begins before the first token.
            var lines = new BufferedReader(new InputStreamReader(client.getInputStream(), UTF_8));
            assertThat(
                            lines.lines()
                                    .filter(line -> line.contains("response.in_progress"))
                                    .findFirst())
                    .isPresent();
            id = sequence.substring(0, sequence.lastIndexOf('-'));
        }
        assertThat(engine.cancelled.poll(20, TimeUnit.SECONDS)).isEqualTo(sequence);
        get(PATH + "/" + id, 404);
    }
}
