package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlora.api.openai.Events.logprobs;

import java.util.ArrayList;
import java.util.List;
import org.dlora.model.BaseModel;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Prompt;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.TokenLogprobs;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Answers of a model whose tokens mark words by a space in front, as those of Llama 2 do. */
class ContinuedTextTest extends ApiTest {
    private static final String PATH = "/v1/completions";
    private static final int THE = 336;
    private static final int S = 315;
    private static final int FIRST_OF_E_ACUTE = 198;
    private static final int LAST_OF_E_ACUTE = 172;
    private static final int X = 320;

    private BaseModel mistral;

    @BeforeEach
    void serveMistral() {
        mistral = BaseModel.open(TestFiles.golden("models/mistral"));
        serve(mistral, mistral.generation());
    }

    @AfterEach
    void close() {
        mistral.close();
    }

    @Test
    void anAnswerKeepsTheSpaceToThePrompt() {
        engine.answer(request -> answer(request, THE, S));
        var body = "{\"model\": \"demo\", \"prompt\": %s, \"echo\": %s%s}";
        for (var prompt : List.of("\"a year\"", "[329, 391]")) {
            assertThat(text(ask(PATH, body.formatted(prompt, false, "")))).isEqualTo(" thes");
            assertThat(text(ask(PATH, body.formatted(prompt, true, "")))).isEqualTo("a year thes");
            assertThat(stream(PATH, body.formatted(prompt, true, ", \"stream\": true")))
                    .extracting(ContinuedTextTest::text)
                    .containsExactly("a year", " the", "s", "");
        }
    }

    @Test
    void anAnswerToNoTextHasNoSpaceInFront() {
        engine.answer(request -> answer(request, THE, S));
        var body = "{\"model\": \"demo\", \"prompt\": %s, \"echo\": true}";
        assertThat(text(ask(PATH, body.formatted("\"\"")))).isEqualTo("thes");
        assertThat(text(ask(PATH, body.formatted("\"a year</s>\"")))).isEqualTo("a year</s>thes");
    }

    @Test
    void anAnswerInAChatStandsAlone() {
        engine.answer(request -> answer(request, THE, S));
        var chat =
                ask(
                        "/v1/chat/completions",
                        "{\"model\": \"demo\", \"messages\": [{\"role\": \"user\", \"content\": \"a year\"}]}");
        assertThat(chat.at("/choices/0/message/content").asString()).isEqualTo("thes");
    }

    @Test
    void offsetsAreThePlacesOfTheTokensInTheText() {
        engine.answer(request -> answer(request, THE, S, X));
        assertThat(logprobsOf("\"a year\"", false))
                .isEqualTo("[\" the\",\"s\",\"x\"] [0,4,5] of ' thesx'");
        assertThat(logprobsOf("\"a year\"", true))
                .isEqualTo(
                        "[\"<s>\",\" a\",\" year\",\" the\",\"s\",\"x\"] [0,0,1,6,10,11] of 'a year thesx'");
        assertThat(logprobsOf("[1, 329, 391]", true))
                .isEqualTo(
                        "[\"<s>\",\" a\",\" year\",\" the\",\"s\",\"x\"] [0,3,5,10,14,15] of '<s> a year thesx'");
        assertThat(logprobsOf("\"\"", false))
                .isEqualTo("[\" the\",\"s\",\"x\"] [0,3,4] of 'thesx'");
    }

    @Test
    void aCharacterThatThePromptBeginsIsPartOfTheAnswer() {
        engine.answer(request -> answer(request, LAST_OF_E_ACUTE, X));
        var prompt = "[329, " + FIRST_OF_E_ACUTE + "]";
        assertThat(logprobsOf(prompt, false)).isEqualTo("[\"bytes:\\\\xa9\",\"x\"] [0,1] of 'éx'");
        assertThat(logprobsOf(prompt, true))
                .isEqualTo("[\" a\",\"bytes:\\\\xc3\",\"bytes:\\\\xa9\",\"x\"] [0,1,1,2] of 'aéx'");
    }

    @Test
    void aCharacterThatNothingCompletesIsReplacedInATextAndDroppedAtItsEnd() {
        engine.answer(request -> answer(request, X));
        var prompt = "[329, " + FIRST_OF_E_ACUTE + "]";
        assertThat(logprobsOf(prompt, false)).isEqualTo("[\"x\"] [0] of '\uFFFDx'");
        assertThat(
                        text(
                                ask(
                                        PATH,
                                        "{\"model\": \"demo\", \"prompt\": "
                                                + prompt
                                                + ", \"echo\": true, \"max_tokens\": 0}")))
                .isEqualTo("a");
    }

    /** Tokens, offsets and text of an answer, whole and streamed. */
    private String logprobsOf(String prompt, boolean echo) {
        var body =
                "{\"model\": \"demo\", \"prompt\": "
                        + prompt
                        + ", \"logprobs\": 0, \"echo\": "
                        + echo
                        + "%s}";
        var whole = ask(PATH, body.formatted("")).at("/choices/0");
        var tokens = new ArrayList<JsonNode>();
        var offsets = new ArrayList<JsonNode>();
        var text = new StringBuilder();
        for (var chunk : stream(PATH, body.formatted(", \"stream\": true"))) {
            chunk.at("/choices/0/logprobs/tokens").forEach(tokens::add);
            chunk.at("/choices/0/logprobs/text_offset").forEach(offsets::add);
            text.append(text(chunk));
        }
        var logprobs = whole.get("logprobs");
        assertThat(logprobs.get("tokens").valueStream()).isEqualTo(tokens);
        assertThat(logprobs.get("text_offset").valueStream()).isEqualTo(offsets);
        assertThat(whole.get("text").asString()).isEqualTo(text.toString());
        return "%s %s of '%s'".formatted(logprobs.get("tokens"), logprobs.get("text_offset"), text);
    }

    /** Returns the events of an engine that draws {@code tokens}. */
    private List<GenerationEvent> answer(GenerationRequest request, int... tokens) {
        var events = new ArrayList<GenerationEvent>();
        if (request.promptLogprobs() >= 0) {
            var scored = new ArrayList<TokenLogprobs>();
            for (int i = 1; i < request.prompt().length; i++) {
                scored.add(logprobs(request.prompt()[i], -1));
            }
            events.add(new Prompt(scored));
        }
        var before = request.continuesPrompt() ? request.prompt() : new int[0];
        var stream = mistral.tokenizer().streamAfter(before, request.skipSpecialTokens());
        for (int token : tokens) {
            var scored = request.logprobs() < 0 ? null : logprobs(token, -1);
            events.add(new Token(token, stream.next(token), scored));
        }
        events.add(
                Events.finished(
                        FinishReason.LENGTH, "", null, request.prompt().length, 0, tokens.length));
        return events;
    }

    private static String text(JsonNode answer) {
        return answer.at("/choices/0/text").asString();
    }
}
