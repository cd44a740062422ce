package org.dlora.constraint;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.constraint.grammar.Dfa;
import org.jspecify.annotations.Nullable;

/**
 * Masks of one vocabulary. A mask is put together from parts that other states share: the tokens
 * inside a rule, which do not depend on its callers, and those that end it, for each place where
 * the text goes on. All are cached within a bound of bytes. Safe from any thread.
 */
final class TokenMasks {
    private static final long MASK_BYTES = 16L << 20;
    private static final long PART_BYTES = 16L << 20;

    private final TokenTrie trie;
    private final Map<CountedKey, CountedTokens> counted = new ConcurrentHashMap<>();
    private final GenerationalCache<Place, TrieWalk.Local> locals =
            new GenerationalCache<>(PART_BYTES, TrieWalk.Local::bytes);
    private final GenerationalCache<ExitKey, TokenSet> exits =
            new GenerationalCache<>(PART_BYTES, TokenSet::bytes);
    private final GenerationalCache<ConstraintState, TokenMask> masks =
            new GenerationalCache<>(MASK_BYTES, TokenMask::bytes);

    private record CountedKey(Dfa dfa, int state) {}

    /**
     * Tokens that end a rule.
     *
     * @param inside the place in the rule, or what is known of its characters
     */
    private record ExitKey(Object inside, Frames frames) {}

    TokenMasks(TokenTrie trie) {
        this.trie = trie;
    }

    TokenTrie trie() {
        return trie;
    }

    TokenMask mask(ConstraintState state, GrammarPlaces grammar) {
        // Each character of a bounded text would be a mask of its own.
        boolean isLasting =
                state.readings().stream().noneMatch(reading -> isPassing(reading.place()));
        return isLasting ? masks.get(state, _ -> build(state, grammar)) : build(state, grammar);
    }

    private static boolean isPassing(Place place) {
        return place instanceof Place.Bounded
                || (place instanceof Place.Counted text
                        && (text.isBounded() || text.count() < text.rule().min()));
    }

    private TokenMask build(ConstraintState state, GrammarPlaces grammar) {
        var words = new long[(trie.vocabSize() + 63) >> 6];
        for (var reading : state.readings()) {
            if (reading.place() instanceof Place.Counted text) {
                add(text, reading.frames(), grammar, words);
            } else {
                var place =
                        reading.place() instanceof Place.Bounded text
                                ? text.shared(trie.longest())
                                : reading.place();
                var local = locals.get(place, one -> new TrieWalk(trie, grammar).local(one));
                local.inside().addTo(words);
                addExits(place, local.exits(), reading.frames(), grammar, words);
            }
        }
        return new TokenMask(words);
    }

    private void add(
            Place.Counted text, @Nullable Frames frames, GrammarPlaces grammar, long[] words) {
        var rule = text.rule();
        var tokens =
                counted.computeIfAbsent(
                        new CountedKey(rule.dfa(), text.state()),
                        _ -> CountedTokens.of(trie, rule, text.state()));
        int most = text.isBounded() ? rule.max() - text.count() : Integer.MAX_VALUE;
        int least = rule.min() - text.count();
        tokens.insideUpTo(most).addTo(words);
        if (least <= 0 && most >= tokens.mostBeforeExit()) {
            addExits(tokens, null, frames, grammar, words);
        } else {
            end(tokens.exits(least, most), frames, grammar).addTo(words);
        }
    }

    /**
     * Adds the tokens that end a rule.
     *
     * @param nodes at which it ends; null for those that {@code inside} knows
     */
    private void addExits(
            Object inside,
            int @Nullable [] nodes,
            @Nullable Frames frames,
            GrammarPlaces grammar,
            long[] words) {
        int[] all = nodes == null ? ((CountedTokens) inside).exits() : nodes;
        if (frames == null) {
            end(all, null, grammar).addTo(words);
        } else if (all.length > 0) {
            exits.get(new ExitKey(inside, frames), _ -> end(all, frames, grammar)).addTo(words);
        }
    }

    private TokenSet end(int[] nodes, @Nullable Frames frames, GrammarPlaces grammar) {
        if (frames == null) {
            var words = new long[(trie.vocabSize() + 63) >> 6];
            for (int node : nodes) {
                for (int t = trie.firstToken(node); t >= 0; t = trie.nextToken(t)) {
                    TokenSet.add(words, t);
                }
            }
            return TokenSet.of(words);
        }
        var after = ConstraintState.at(frames.then(), frames.caller(), grammar);
        return new TrieWalk(trie, grammar).behind(nodes, after);
    }
}
