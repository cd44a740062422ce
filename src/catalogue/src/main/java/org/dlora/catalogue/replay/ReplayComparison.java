package org.dlora.catalogue.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.dlora.catalogue.history.RequestRecord;
import org.dlora.cluster.facts.PromptHash;
import org.dlora.cluster.facts.TokenChain;
import org.dlora.replica.request.TokenLogprobs;
import org.jspecify.annotations.Nullable;

/**
 * Comparison of what the history keeps of a request with a replay. The row is also checked against
 * itself: texts against their hashes.
 */
public final class ReplayComparison {
    private final RequestRecord row;
    private final Rerun rerun;
    private final int vocabulary;
    private final List<String> contradictions = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    private ReplayComparison(RequestRecord row, Rerun rerun, int vocabulary) {
        this.row = row;
        this.rerun = rerun;
        this.vocabulary = vocabulary;
    }

    /**
     * Compares a request with its replay.
     *
     * @param vocabulary number of token ids
     */
    public static ReplayReport of(RequestRecord row, Rerun rerun, int vocabulary) {
        return new ReplayComparison(row, rerun, vocabulary).report();
    }

    private ReplayReport report() {
        int tokens = row.tokenHashes().length / TokenChain.BYTES;
        checkCount();
        checkTexts();
        int index = firstDifference();
        var difference = index < 0 ? null : difference(index);
        var all = new ArrayList<>(contradictions);
        all.addAll(notes);
        return new ReplayReport(
                verdict(difference), tokens, rerun.tokens().length, difference, null, all);
    }

    private ReplayVerdict verdict(@Nullable TokenDifference difference) {
        if (!contradictions.isEmpty()) {
            return ReplayVerdict.ALTERED;
        }
        return difference == null ? ReplayVerdict.IDENTICAL : ReplayVerdict.DIFFERENT;
    }

    private void checkCount() {
        int hashes = row.tokenHashes().length / TokenChain.BYTES;
        int tokens = row.ended().outputTokens();
        if (hashes != tokens) {
            contradictions.add(
                    "The row has %d output tokens, but hashes of %d: the row was altered."
                            .formatted(tokens, hashes));
        }
    }

    private void checkTexts() {
        var text = row.text();
        if (text == null) {
            return;
        }
        var promptHash = row.promptHash();
        if (promptHash != null && !promptHash.equals(PromptHash.of(text.prompt()))) {
            contradictions.add(
                    "The prompt that is kept does not have the hash that is kept: the row was altered.");
        }
        int at = TokenChain.firstDifference(row.tokenHashes(), TokenChain.of(text.tokens()));
        if (at >= 0) {
            contradictions.add(
                    "The token ids that are kept do not have the hashes that are kept, from token %d on: the row was altered."
                            .formatted(at));
        }
    }

    private int firstDifference() {
        int byHash = TokenChain.firstDifference(row.tokenHashes(), TokenChain.of(rerun.tokens()));
        var text = row.text();
        int byToken = text == null ? -1 : Arrays.mismatch(text.tokens(), rerun.tokens());
        return byHash < 0 || byToken < 0 ? Math.max(byHash, byToken) : Math.min(byHash, byToken);
    }

    private TokenDifference difference(int index) {
        var original = original(index);
        var known = row.logprobs();
        if (known == null && original.isPresent()) {
            notes.add(
                    "The request did not ask for log-probabilities, so what its own tokens had when it ran is not known.");
        }
        var there = index < rerun.logprobs().size() ? rerun.logprobs().get(index) : null;
        return new TokenDifference(
                index,
                original,
                index < rerun.tokens().length
                        ? OptionalInt.of(rerun.tokens()[index])
                        : OptionalInt.empty(),
                known == null || index >= known.length ? null : (Float) known[index],
                there == null || original.isEmpty() ? null : logprob(there, original.getAsInt()),
                there == null ? null : (Float) there.token().logprob());
    }

    /** Returns the request's token: as kept, or the one that has the hash that is kept. */
    private OptionalInt original(int index) {
        var text = row.text();
        if (text != null && index < text.tokens().length) {
            return OptionalInt.of(text.tokens()[index]);
        }
        int tokens = row.tokenHashes().length / TokenChain.BYTES;
        if (index >= tokens || index > rerun.tokens().length) {
            return OptionalInt.empty();
        }
        var found =
                TokenChain.next(
                        row.tokenHashes(), Arrays.copyOf(rerun.tokens(), index), vocabulary);
        if (found.isEmpty()) {
            contradictions.add(
                    "The hash that is kept of token %d belongs to no token after those before: the row was altered."
                            .formatted(index));
        }
        return found;
    }

    private static @Nullable Float logprob(TokenLogprobs at, int token) {
        if (at.token().token() == token) {
            return at.token().logprob();
        }
        return at.top().stream()
                .filter(entry -> entry.token() == token)
                .map(TokenLogprobs.Entry::logprob)
                .findFirst()
                .orElse(null);
    }
}
