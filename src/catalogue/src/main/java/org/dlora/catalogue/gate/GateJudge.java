package org.dlora.catalogue.gate;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.dlora.catalogue.versions.GatePrompt.RecordedTokens;
import org.dlora.catalogue.versions.GateResult.Finding;
import org.dlora.model.tokenizer.Tokenizer;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.TokenLogprobs;

/** Judge of the answers to golden prompts. Pure but for the tokenizer's words. */
final class GateJudge {
    private static final int SHOWN = 200;

    private final Tokenizer tokenizer;

    GateJudge(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** Returns the finding of a prompt that the version could not answer. */
    static Finding unanswered(String why) {
        return new Finding(
                Optional.of(why),
                "",
                OptionalInt.empty(),
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                OptionalDouble.empty());
    }

    /** Compares the text of an answer. */
    Finding text(String expected, GateAnswer answer) {
        var got = answer.text();
        if (got.equals(expected)) {
            return new Finding(
                    Optional.empty(),
                    got,
                    OptionalInt.empty(),
                    OptionalDouble.empty(),
                    OptionalDouble.empty(),
                    OptionalDouble.empty());
        }
        int at = firstDifference(expected, got, answer.tokens());
        var token = at < answer.tokens().size() ? answer.tokens().get(at) : null;
        var logprobs = token == null ? null : token.logprobs();
        var where =
                token == null
                        ? "the answer ends after %d tokens".formatted(at)
                        : "they differ from token %d on, %s"
                                .formatted(at, quoted(tokenizer.decode(ids(token), false)));
        return new Finding(
                Optional.of(
                        "expected %s, got %s; %s".formatted(quoted(expected), quoted(got), where)),
                got,
                OptionalInt.of(at),
                OptionalDouble.empty(),
                logprobs == null
                        ? OptionalDouble.empty()
                        : OptionalDouble.of(logprobs.token().logprob()),
                OptionalDouble.empty());
    }

    private static int[] ids(Token token) {
        return new int[] {token.token()};
    }

    /** Returns the index of the token whose text is the first that is not expected. */
    private static int firstDifference(String expected, String got, List<Token> tokens) {
        int same = 0;
        while (same < Math.min(expected.length(), got.length())
                && expected.charAt(same) == got.charAt(same)) {
            same++;
        }
        int end = 0;
        for (int i = 0; i < tokens.size(); i++) {
            end += tokens.get(i).text().length();
            if (end > same) {
                return i;
            }
        }
        return tokens.size();
    }

    /**
     * Compares log-probabilities.
     *
     * @param given log-probabilities of the recorded tokens
     */
    Finding divergence(RecordedTokens recorded, List<TokenLogprobs> given) {
        double most = 0;
        int first = -1;
        for (int i = 0; i < given.size(); i++) {
            double difference =
                    Math.abs(given.get(i).token().logprob() - recorded.logprobs().get(i));
            most = Math.max(most, difference);
            if (first < 0 && !(difference <= recorded.maxDivergence())) {
                first = i;
            }
        }
        if (first < 0) {
            return new Finding(
                    Optional.empty(),
                    "",
                    OptionalInt.empty(),
                    OptionalDouble.empty(),
                    OptionalDouble.empty(),
                    OptionalDouble.of(most));
        }
        int id = recorded.tokens().get(first);
        double logprob = given.get(first).token().logprob();
        double expected = recorded.logprobs().get(first);
        var problem =
                String.format(
                        Locale.ROOT,
                        "token %d, %s, has log-probability %.4f, expected %.4f: they differ by more than %s",
                        first,
                        quoted(tokenizer.decode(new int[] {id}, false)),
                        logprob,
                        expected,
                        recorded.maxDivergence());
        return new Finding(
                Optional.of(problem),
                "",
                OptionalInt.of(first),
                OptionalDouble.of(expected),
                OptionalDouble.of(logprob),
                OptionalDouble.of(most));
    }

    private static String quoted(String text) {
        var shown =
                text.length() <= SHOWN
                        ? text
                        : text.substring(0, text.offsetByCodePoints(0, cut(text))) + "…";
        return "'" + shown.replace("\n", "\\n") + "'";
    }

    private static int cut(String text) {
        return Math.min(SHOWN / 2, text.codePointCount(0, text.length()));
    }
}
