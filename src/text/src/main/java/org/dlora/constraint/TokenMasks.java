package org.dlora.constraint;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.dlora.constraint.grammar.Characters;
import org.jspecify.annotations.Nullable;

/**
 * Masks of one constraint. A mask is a list of parts that other masks share: the tokens inside a
 * rule, which do not depend on its callers, and of those that end it the tokens that go on in the
 * caller, in its caller and so on. All are cached within a bound of bytes. Safe from any thread.
 */
final class TokenMasks {
    private static final long MASK_BYTES = 2L << 20;
    private static final long PART_BYTES = 10L << 20;
    private static final long COUNTED_BYTES = 12L << 20;

    /** Bytes of a key; a state has so many for each reading. */
    private static final int KEY_BYTES = 100;

    /** Walks of the whole vocabulary that a mask may cost, found before or not. */
    private static final int MAX_WALKS = 16;

    private final TokenTrie vocabulary;
    private final long maxWork;
    private final CountedTexts strings;
    private final GenerationalCache<PartKey, MaskPart> parts;
    private final GenerationalCache<CountedKey, CountedTokens> counted;
    private final GenerationalCache<ConstraintState, TokenMask> masks;

    /**
     * A part of masks.
     *
     * @param tokens all of the vocabulary, or the rest of those that have ended a rule
     * @param place where they begin
     */
    private record PartKey(ByteTrie tokens, Place place) {}

    private record CountedKey(Characters characters, int state) {}

    /**
     * @param strings strings that all constraints of the vocabulary share
     * @param budget of all of them
     */
    TokenMasks(TokenTrie vocabulary, CountedTexts strings, MemoryBudget budget) {
        this.vocabulary = vocabulary;
        maxWork = (long) MAX_WALKS * vocabulary.paths().size();
        this.strings = strings;
        parts = new GenerationalCache<>(PART_BYTES, budget, (_, part) -> KEY_BYTES + part.bytes());
        counted =
                new GenerationalCache<>(
                        COUNTED_BYTES, budget, (_, tokens) -> KEY_BYTES + tokens.bytes());
        masks =
                new GenerationalCache<>(
                        MASK_BYTES,
                        budget,
                        (state, mask) -> KEY_BYTES * (1 + state.readings().size()) + mask.bytes());
    }

    void forget() {
        parts.forget();
        counted.forget();
        masks.forget();
    }

    /** Counts for no budget any more. */
    void leave() {
        parts.leave();
        counted.leave();
        masks.leave();
    }

    /** Returns about the bytes that the masks and their parts take. */
    long bytes() {
        return parts.bytes() + counted.bytes() + masks.bytes();
    }

    TokenTrie vocabulary() {
        return vocabulary;
    }

    TokenMask mask(ConstraintState state, GrammarPlaces grammar, MaskBudget budget) {
        // Each character of a bounded text would be a mask of its own.
        boolean isPassing =
                state.readings().stream()
                        .anyMatch(reading ->
                                reading.place() instanceof Place.Counted text
                                        && text.dependsOnCount());
        return isPassing
                ? build(state, grammar, budget)
                : masks.get(state, _ -> build(state, grammar, budget));
    }

    private TokenMask build(ConstraintState state, GrammarPlaces grammar, MaskBudget budget) {
        var sets = new ArrayList<TokenSet>();
        var work = new MaskWork(maxWork);
        for (var reading : state.readings()) {
            if (reading.place() instanceof Place.Counted text) {
                var tokens = tokens(text, work, budget);
                add(tokens.insideUpTo(text.most()), sets);
                for (var part : tokens.ends(text.least(), text.most())) {
                    add(part, reading.frames(), grammar, sets, work, budget);
                }
            } else {
                add(
                        inside(reading.place(), grammar, budget),
                        reading.frames(),
                        grammar,
                        sets,
                        work,
                        budget);
            }
        }
        return new TokenMask(sets);
    }

    private CountedTokens tokens(Place.Counted text, MaskWork work, MaskBudget budget) {
        var characters = text.rule().characters();
        if (strings.has(characters)) {
            return strings.tokens(text.state());
        }
        var tokens =
                counted.get(
                        new CountedKey(characters, text.state()),
                        key -> {
                            budget.begin();
                            var walked =
                                    CountedTokens.of(vocabulary, key.characters(), key.state());
                            budget.add(walked.work());
                            return walked;
                        });
        work.add(tokens.work());
        return tokens;
    }

    private MaskPart inside(Place place, GrammarPlaces grammar, MaskBudget budget) {
        var one = place instanceof Place.Regular regular ? regular.representative() : place;
        return parts.get(
                new PartKey(vocabulary.paths(), one),
                key -> walk(key.tokens(), grammar, budget, walk -> walk.inside(key.place())));
    }

    /** Adds a part, and what its rest does in the callers of its rule. */
    private void add(
            MaskPart first,
            @Nullable Frames frames,
            GrammarPlaces grammar,
            List<TokenSet> sets,
            MaskWork work,
            MaskBudget budget) {
        var part = first;
        work.add(part.work());
        add(part.tokens(), sets);
        for (var at = frames; at != null && part.rest() != null; at = at.caller()) {
            part =
                    parts.get(
                            new PartKey(part.rest(), at.then()),
                            key ->
                                    walk(
                                            key.tokens(),
                                            grammar,
                                            budget,
                                            walk -> walk.from(key.place())));
            work.add(part.work());
            add(part.tokens(), sets);
        }
    }

    private static void add(TokenSet tokens, List<TokenSet> sets) {
        if (!tokens.isEmpty()) {
            sets.add(tokens);
        }
    }

    private MaskPart walk(
            ByteTrie trie,
            GrammarPlaces grammar,
            MaskBudget budget,
            Function<TrieWalk, MaskPart> from) {
        budget.begin();
        var walk = new TrieWalk(trie, vocabulary.vocabSize(), grammar, maxWork);
        try {
            return from.apply(walk);
        } finally { // One that is given up has taken its time too.
            budget.add(walk.work());
        }
    }
}
