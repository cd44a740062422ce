package org.dlora.constraint;

import org.jspecify.annotations.Nullable;

/**
 * Masks of one constraint. A mask is put together from parts that other states share: the tokens
 * inside a rule, which do not depend on its callers, and those that end it, for each place where
 * the text goes on. All are cached within a bound of bytes. Safe from any thread.
 */
final class TokenMasks {
    private static final long MASK_BYTES = 8L << 20;
    private static final long PART_BYTES = 8L << 20;

    /** Bytes of a key; a state has so many for each reading. */
    private static final int KEY_BYTES = 100;

    private final TokenTrie trie;
    private final CountedTexts counted;
    private final GenerationalCache<Place, TrieWalk.Local> locals =
            new GenerationalCache<>(PART_BYTES, (_, local) -> KEY_BYTES + local.bytes());
    private final GenerationalCache<ExitKey, TokenSet> exits =
            new GenerationalCache<>(PART_BYTES, (_, tokens) -> KEY_BYTES + tokens.bytes());
    private final GenerationalCache<ConstraintState, TokenMask> masks =
            new GenerationalCache<>(
                    MASK_BYTES,
                    (state, mask) -> KEY_BYTES * (1 + state.readings().size()) + mask.bytes());

    /**
     * Tokens that end a rule.
     *
     * @param inside the place in the rule, or what is known of its characters
     */
    private record ExitKey(Object inside, Frames frames) {}

    /**
     * @param counted what all constraints of the vocabulary share
     */
    TokenMasks(TokenTrie trie, CountedTexts counted) {
        this.trie = trie;
        this.counted = counted;
    }

    /** Returns about the bytes that the parts take. */
    long bytes() {
        return locals.bytes() + exits.bytes() + masks.bytes();
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
        var tokens = counted.tokens(rule, text.state());
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
