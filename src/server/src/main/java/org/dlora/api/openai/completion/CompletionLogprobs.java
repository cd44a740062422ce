package org.dlora.api.openai.completion;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.api.openai.answer.Logprob;
import org.dlora.api.openai.answer.TokenNames;
import org.dlora.model.tokenizer.Tokenizer;
import org.dlora.replica.request.TokenLogprobs;
import org.jspecify.annotations.Nullable;

/**
 * Log-probabilities in the text completion endpoint's format: parallel lists, one element for each
 * token.
 *
 * @param tokenLogprobs null for the first token of an echoed prompt, which nothing precedes
 * @param topLogprobs the chosen token, then the likeliest ones, by their text
 * @param textOffset characters of the answer that are whole before the token
 */
record CompletionLogprobs(
        List<String> tokens,
        List<@Nullable Float> tokenLogprobs,
        List<@Nullable Map<String, Float>> topLogprobs,
        List<Integer> textOffset) {

    /**
     * Writer of the log-probabilities of one sequence, piece by piece. It keeps the place in the
     * text.
     */
    static final class Writer {
        private final Tokenizer tokenizer;
        private final TokenNames names;
        private final int[] prompt;
        private final Echo echo;
        private final TextOffset inAnswer;
        private final int top;
        private final boolean named;

        /**
         * @param top most of the likeliest tokens to show for each one
         * @param named whether tokens of the answer are reported with those that the request named
         */
        Writer(
                TokenNames names,
                int[] prompt,
                Echo echo,
                boolean skipSpecialTokens,
                int top,
                boolean named) {
            this.tokenizer = names.tokenizer();
            this.names = names;
            this.prompt = prompt;
            this.echo = echo;
            this.top = top;
            this.named = named;
            inAnswer =
                    new TextOffset(
                            tokenizer.streamAfter(prompt, skipSpecialTokens), echo.characters());
        }

        /**
         * Returns the log-probabilities of the echoed prompt.
         *
         * @param rest log-probabilities of all prompt tokens but the first
         */
        CompletionLogprobs prompt(List<TokenLogprobs> rest) {
            var written = empty();
            var inPrompt = new TextOffset(tokenizer.stream(false), 0);
            written.add(names.of(prompt[0]), null, null, 0);
            for (int i = 0; i < rest.size(); i++) {
                if (i >= echo.hidden()) {
                    inPrompt.add(prompt[i]);
                }
                add(written, rest.get(i), inPrompt, top);
            }
            return written;
        }

        CompletionLogprobs answer(List<TokenLogprobs> tokens) {
            var written = empty();
            for (var logprobs : tokens) {
                add(written, logprobs, inAnswer, named ? Integer.MAX_VALUE : top);
                inAnswer.add(logprobs.token().token());
            }
            return written;
        }

        private void add(
                CompletionLogprobs written, TokenLogprobs logprobs, TextOffset place, int most) {
            written.add(
                    names.of(logprobs.token().token()),
                    Logprob.finite(logprobs.token().logprob()),
                    top(logprobs, most),
                    place.characters());
        }

        private Map<String, Float> top(TokenLogprobs logprobs, int most) {
            var shown = new LinkedHashMap<String, Float>();
            var chosen = logprobs.token();
            shown.put(names.of(chosen.token()), Logprob.finite(chosen.logprob()));
            // Two tokens may have the same text. The chosen one stays, or else the likelier one.
            logprobs.top().stream()
                    .limit(most)
                    .forEach(entry ->
                            shown.putIfAbsent(
                                    names.of(entry.token()), Logprob.finite(entry.logprob())));
            return shown;
        }
    }

    /** Returns these log-probabilities, followed by {@code more}. */
    CompletionLogprobs and(CompletionLogprobs more) {
        var both = empty();
        for (var part : List.of(this, more)) {
            both.tokens.addAll(part.tokens);
            both.tokenLogprobs.addAll(part.tokenLogprobs);
            both.topLogprobs.addAll(part.topLogprobs);
            both.textOffset.addAll(part.textOffset);
        }
        return both;
    }

    private static CompletionLogprobs empty() {
        return new CompletionLogprobs(
                new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }

    private void add(
            String token, @Nullable Float logprob, @Nullable Map<String, Float> top, int offset) {
        tokens.add(token);
        tokenLogprobs.add(logprob);
        topLogprobs.add(top);
        textOffset.add(offset);
    }
}
