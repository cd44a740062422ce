package org.dlora.constraint;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Walk of a vocabulary's trie along the bytes that may come. For one thread. */
final class TrieWalk {
    /** So often the grammar's places may be dropped during a walk; one that needs more ends. */
    private static final int MAX_DROPS = 2;

    private final TokenTrie trie;
    private final GrammarPlaces grammar;
    private final @Nullable Place[] plain;
    private final @Nullable Frames[] frames;
    private final @Nullable ConstraintState[] states;
    private final long[] mask;
    private final int began;
    private int[] exits = new int[16];
    private int exitCount;

    TrieWalk(TokenTrie trie, GrammarPlaces grammar) {
        this.trie = trie;
        this.grammar = grammar;
        began = grammar.generation();
        int depth = trie.longest() + 1;
        plain = new Place[depth];
        frames = new Frames[depth];
        states = new ConstraintState[depth];
        mask = new long[(trie.vocabSize() + 63) >> 6];
    }

    /**
     * What tokens do at a place of a rule.
     *
     * @param inside tokens after which the rule is not finished
     * @param exits nodes of the trie at which it may end
     */
    record Local(TokenSet inside, int[] exits) {
        int bytes() {
            return 64 + 4 * exits.length + inside.bytes();
        }
    }

    /** Returns what the tokens do that begin with a byte of the place's own rule. */
    Local local(Place place) {
        plain[0] = place;
        walk(0, null, true);
        return new Local(TokenSet.of(mask), Arrays.copyOf(exits, exitCount));
    }

    /** Returns the tokens that begin at the root with a path to one of {@code nodes}. */
    TokenSet behind(int[] nodes, ConstraintState state) {
        var first = new ConstraintState[256];
        for (int node : nodes) {
            addTokens(node);
            plain[trie.depth(node)] = null;
            states[trie.depth(node)] = state;
            walk(node, first, false);
        }
        return TokenSet.of(mask);
    }

    /**
     * Walks the subtree of {@code root}, whose own place or state is set.
     *
     * @param first states after one byte behind the root, kept between walks; null for none
     */
    private void walk(int root, @Nullable ConstraintState @Nullable [] first, boolean marksExits) {
        int rootDepth = trie.depth(root);
        for (int node = root + 1; node < trie.end(root); ) {
            int depth = trie.depth(node);
            boolean goesOn = step(depth, trie.byteOf(node), depth == rootDepth + 1 ? first : null);
            var state = states[depth];
            boolean isExit = state != null && state.isComplete();
            if (isExit && marksExits) {
                addExit(node);
            }
            if (goesOn || (isExit && !marksExits)) {
                addTokens(node);
            }
            node = goesOn ? node + 1 : trie.end(node);
        }
    }

    /** Sets the place or state of {@code depth}, and returns whether bytes may follow. */
    private boolean step(int depth, int b, @Nullable ConstraintState @Nullable [] first) {
        if (grammar.generation() - began > MAX_DROPS) {
            throw new ArithmeticException(
                    "The constraint has too many states before the next token. Use fewer alternatives that begin alike.");
        }
        var before = plain[depth - 1];
        plain[depth] = null;
        states[depth] = null;
        ConstraintState after;
        if (before != null) {
            var place = before.next(b);
            if (place == null) {
                return false;
            }
            if (place.isPlain()) {
                plain[depth] = place;
                frames[depth] = frames[depth - 1];
                return true;
            }
            after = ConstraintState.at(place, frames[depth - 1], grammar);
        } else {
            var state = states[depth - 1];
            if (state == null) {
                return false;
            }
            after = first == null ? state.next(b, grammar) : memo(first, state, b);
        }
        var readings = after.readings();
        if (readings.size() == 1 && !after.isComplete() && readings.getFirst().place().isPlain()) {
            plain[depth] = readings.getFirst().place();
            frames[depth] = readings.getFirst().frames();
            return true;
        }
        states[depth] = after;
        return !readings.isEmpty();
    }

    private ConstraintState memo(@Nullable ConstraintState[] first, ConstraintState state, int b) {
        var known = first[b];
        if (known == null) {
            known = state.next(b, grammar);
            first[b] = known;
        }
        return known;
    }

    private void addTokens(int node) {
        for (int token = trie.firstToken(node); token >= 0; token = trie.nextToken(token)) {
            TokenSet.add(mask, token);
        }
    }

    private void addExit(int node) {
        if (exitCount == exits.length) {
            exits = Arrays.copyOf(exits, 2 * exitCount);
        }
        exits[exitCount++] = node;
    }
}
