package org.dlora.api.openai.responses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dlora.api.web.ApiException;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class InputItemsTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String ANSWER =
            """
            {"output": [
              {"id": "rs_1", "type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "Hm."}]},
              {"id": "msg_1", "type": "message", "role": "assistant",
               "content": [{"type": "output_text", "text": "12345678", "annotations": [], "logprobs": [{"token": "1"}]}]}]}
            """;

    private final List<String> lookedUp = new ArrayList<>();

    private InputItems items(int earlier, long longest) {
        return new InputItems(new ItemReferences(this::answer), earlier, longest);
    }

    private Optional<StoredResponse> answer(String item) {
        lookedUp.add(item);
        return Optional.of(
                new StoredResponse(
                        "resp_1",
                        new ResponseOwner(null, null),
                        ANSWER.getBytes(StandardCharsets.UTF_8),
                        new byte[0],
                        List.of("rs_1", "msg_1")));
    }

    private static JsonNode references(String... ids) {
        var all = JSON.createArrayNode();
        for (var id : ids) {
            all.addObject().put("type", "item_reference").put("id", id);
        }
        return all;
    }

    @Test
    void anAnswerIsLookedUpOnceHoweverOftenItIsNamed() {
        var read = items(0, 100).read(references("msg_1", "rs_1", "msg_1"));
        assertThat(lookedUp).containsExactly("msg_1");
        assertThat(read.getFirst()).isSameAs(read.getLast());
        // The referenced item is read as if sent by value.
        assertThat(read.getFirst().at("/content/0/text").asString()).isEqualTo("12345678");
        assertThat(read.getFirst().at("/content/0/logprobs")).isEmpty();
        assertThat(read.get(1).has("content")).isFalse();
    }

    @Test
    void parsedValuesOfClientsAreIgnored() {
        var input =
                JSON.readTree(
                        """
                        [{"type": "message", "role": "assistant",
                          "content": [{"type": "output_text", "text": "{}", "annotations": [], "parsed": {}}]},
                         {"type": "function_call", "call_id": "call_1", "name": "now", "arguments": "{}", "parsed_arguments": {"a": 1}}]
                        """);
        var read = items(0, 100).read(input);
        assertThat(read.getFirst().at("/content/0").has("parsed")).isFalse();
        assertThat(read.getLast().has("parsed_arguments")).isFalse();
    }

    @Test
    void charactersAreSummedWhereverTheyStand() {
        assertThat(items(0, 16).read(references("msg_1", "msg_1"))).hasSize(2);
        assertThatThrownBy(() -> items(0, 15).read(references("msg_1", "msg_1")))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("'input' has more than 15 characters");
        var call =
                JSON.readTree(
                        """
                        [{"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
                         {"type": "function_call_output", "call_id": "c", "output": "abc"}]
                        """);
        assertThat(items(0, 6).read(call)).hasSize(2);
        assertThatThrownBy(() -> items(0, 5).read(call)).isInstanceOf(ApiException.class);
    }

    @Test
    void aConversationHasNotTooManyItems() {
        var two = references("msg_1", "msg_1");
        assertThat(items(9_998, 100).read(two)).hasSize(2);
        assertThatThrownBy(() -> items(9_999, 100).read(two))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("at most 10,000 items, but this one would have 10,001");
        assertThatThrownBy(() -> items(10_000, 100).read(JSON.readTree("\"Hi\"")))
                .isInstanceOf(ApiException.class);
    }
}
