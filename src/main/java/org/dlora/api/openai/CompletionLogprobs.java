package org.dlora.api.openai;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.engine.TokenLogprobs;
import org.dlora.model.Tokenizer;
import org.jspecify.annotations.Nullable;

/**
 * Log-probabilities in the text completion endpoint's format: parallel lists, one element for each
 * token.
 *
 * @param tokenLogprobs null for the first token of an echoed prompt, which nothing precedes
 * @param topLogprobs the likeliest tokens by their text, the chosen one always among them
 * @param textOffset characters of the answer before the token
 */
record CompletionLogprobs(
        List<String> tokens,
        List<@Nullable Float> tokenLogprobs,
        List<@Nullable Map<String, Float>> topLogprobs,
        List<Integer> textOffset) {

    /**
     * Writes the log-probabilities of one sequence piece by piece; knows how much text there was.
     */
    static final class Writer {
        private final Tokenizer tokenizer;
        private final boolean skipSpecialTokens;
        private int offset;

        Writer(Tokenizer tokenizer, boolean skipSpecialTokens) {
            this.tokenizer = tokenizer;
            this.skipSpecialTokens = skipSpecialTokens;
        }

        /**
         * @param rest for all prompt tokens but the first
         */
        CompletionLogprobs prompt(int first, List<TokenLogprobs> rest) {
            var written = empty();
            written.add(TokenText.of(tokenizer, first), null, null, offset);
            offset += TokenText.characters(tokenizer, first);
            for (var logprobs : rest) {
                add(written, logprobs, false);
            }
            return written;
        }

        CompletionLogprobs answer(List<TokenLogprobs> tokens) {
            var written = empty();
            tokens.forEach(logprobs -> add(written, logprobs, skipSpecialTokens));
            return written;
        }

        private void add(CompletionLogprobs written, TokenLogprobs logprobs, boolean skipSpecial) {
            int token = logprobs.token().token();
            written.add(
                    TokenText.of(tokenizer, token),
                    Logprob.finite(logprobs.token().logprob()),
                    top(logprobs),
                    offset);
            boolean silent = skipSpecial && tokenizer.isSpecial(token);
            offset += silent ? 0 : TokenText.characters(tokenizer, token);
        }

        private Map<String, Float> top(TokenLogprobs logprobs) {
            var top = new LinkedHashMap<String, Float>();
            for (var entry : logprobs.top()) {
                // Two tokens may have one text; the likelier stays.
                top.putIfAbsent(
                        TokenText.of(tokenizer, entry.token()), Logprob.finite(entry.logprob()));
            }
            var chosen = logprobs.token();
            top.putIfAbsent(
                    TokenText.of(tokenizer, chosen.token()), Logprob.finite(chosen.logprob()));
            return top;
        }
    }

    /** These, then {@code more}. */
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
