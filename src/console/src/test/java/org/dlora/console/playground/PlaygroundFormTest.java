package org.dlora.console.playground;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.dlora.api.openai.call.CallSettings;
import org.dlora.api.openai.call.PrefixSharing;
import org.dlora.api.web.ApiException;
import org.dlora.console.page.FormFields;
import org.junit.jupiter.api.Test;
import org.springframework.util.LinkedMultiValueMap;

class PlaygroundFormTest {

    @Test
    void alternativesAreNoMoreThanCallsMayAskFor() {
        var few = new CallSettings(true, false, false, false, 3, PrefixSharing.TEAM, true);
        var form = form("prompt", "Hi", "model", "a", "logprobs", "true");
        assertThat(form.body("a", few::alternatives).get("top_logprobs").asInt()).isEqualTo(3);
        var all = new CallSettings(true, false, false, false, -1, PrefixSharing.TEAM, true);
        assertThat(form.body("a", all::alternatives).get("top_logprobs").asInt()).isEqualTo(5);
    }

    private static PlaygroundForm form(String... namesAndValues) {
        var fields = new LinkedMultiValueMap<String, String>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return PlaygroundForm.of(new FormFields(fields), "base");
    }

    @Test
    void emptyFieldsAreLeftOutOfTheBody() {
        var body =
                form("prompt", "Hi", "model", "", "temperature", "")
                        .body("a", CallSettings.DEFAULT::alternatives);
        assertThat(body.toString())
                .isEqualTo(
                        "{\"model\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
    }

    @Test
    void parametersAreThoseOfTheEndpoint() {
        var body =
                form(
                                "prompt", "one\r\ntwo",
                                "system", "Be brief.",
                                "temperature", "0.5",
                                "top_p", "1",
                                "max_tokens", "16",
                                "seed", "-7",
                                "stop", "x\r\n\r\ny",
                                "logprobs", "true")
                        .body("a", CallSettings.DEFAULT::alternatives);
        assertThat(body.toString())
                .isEqualTo(
                        """
                        {"model":"a","messages":[{"role":"system","content":"Be brief."},\
                        {"role":"user","content":"one\\ntwo"}],"temperature":0.5,"top_p":1,\
                        "max_tokens":16,"seed":-7,"stop":["x","y"],"logprobs":true,"top_logprobs":5}\
                        """);
    }

    @Test
    void aWordForANumberIsRefusedByTheFieldsLabel() {
        assertThatThrownBy(() ->
                        form("prompt", "Hi", "temperature", "hot")
                                .body("a", CallSettings.DEFAULT::alternatives))
                .isInstanceOf(ApiException.class)
                .hasMessage("'Temperature' must be a number, but is 'hot'.");
        assertThatThrownBy(() ->
                        form("prompt", "Hi", "seed", "NaN")
                                .body("a", CallSettings.DEFAULT::alternatives))
                .isInstanceOf(ApiException.class);
    }

    @Test
    void modelsAreNamedOnceAndTheBaseStandsForNone() {
        assertThat(form("model", " a ", "model", "", "model", "a", "model", "b").models())
                .containsExactly("a", "b");
        assertThat(form("model", " ").models()).containsExactly("base");
        assertThat(PlaygroundForm.empty(List.of("1", "2", "3", "4", "5"), "base").models())
                .hasSize(PlaygroundForm.MOST_MODELS);
    }

    @Test
    void aChatOfOneModelGoesOn() {
        var next = form("model", "a", "prompt", "Hi").after("Hello");
        assertThat(next.prompt()).isEmpty();
        assertThat(next.said())
                .containsExactly(
                        new PlaygroundForm.Said("user", "Hi"),
                        new PlaygroundForm.Said("assistant", "Hello"));
        var history = next.history();
        assertThat(
                        form("model", "a", "prompt", "And?", "history", history)
                                .body("a", CallSettings.DEFAULT::alternatives)
                                .get("messages"))
                .hasSize(3);
        assertThat(
                        form("model", "a", "model", "b", "prompt", "And?", "history", history)
                                .body("a", CallSettings.DEFAULT::alternatives)
                                .get("messages"))
                .as("several models get the prompt alone")
                .hasSize(1);
    }

    @Test
    void aHistoryThatIsNoneIsRefused() {
        for (var history : List.of("{", "[1]", "\"text\"", "[[]]", "null", "[null]")) {
            assertThatThrownBy(() -> form("prompt", "Hi", "history", history).said())
                    .as(history)
                    .isInstanceOf(ApiException.class);
        }
    }
}
