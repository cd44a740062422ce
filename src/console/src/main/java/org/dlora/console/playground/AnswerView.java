package org.dlora.console.playground;

import java.util.List;
import java.util.stream.Collectors;
import org.dlora.api.web.ChatAnswer;
import org.dlora.console.page.Formats;
import org.jspecify.annotations.Nullable;

/**
 * Answer of one model, or why there is none.
 *
 * @param tokens of the answer with their likelihoods; empty if these were not asked for
 * @param rest text of the answer after its tokens
 */
record AnswerView(
        String model,
        @Nullable ChatAnswer answer,
        List<TokenView> tokens,
        String rest,
        @Nullable String problem) {

    /** Below it a token is marked. */
    private static final double UNSURE = 0.5;

    /**
     * A token.
     *
     * @param others the likeliest ones that could have stood there
     */
    record TokenView(String text, double probability, String others) {
        public boolean isUnsure() {
            return probability < UNSURE;
        }

        /** Returns the text that is shown while the pointer is over the token. */
        public String title() {
            return "%s\n%s".formatted(Formats.ALL.percent(probability), others);
        }
    }

    static AnswerView of(ChatAnswer answer) {
        var tokens = answer.tokens().stream().map(AnswerView::token).toList();
        int length = tokens.stream().mapToInt(token -> token.text.length()).sum();
        return new AnswerView(
                answer.model(), answer, tokens, answer.text().substring(length), null);
    }

    static AnswerView refused(String model, String problem) {
        return new AnswerView(model, null, List.of(), "", problem);
    }

    private static TokenView token(ChatAnswer.Token token) {
        return new TokenView(
                token.text(),
                Math.exp(token.logprob()),
                token.top().stream()
                        .map(one ->
                                "%s %s"
                                        .formatted(
                                                shown(one.text()),
                                                Formats.ALL.percent(Math.exp(one.logprob()))))
                        .collect(Collectors.joining("\n")));
    }

    private static String shown(String text) {
        return text.isBlank() ? "'" + text.replace("\n", "\\n").replace("\t", "\\t") + "'" : text;
    }
}
