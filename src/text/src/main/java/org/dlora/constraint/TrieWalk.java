package org.dlora.constraint;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Walk of a trie of tokens along the bytes that may come. For one thread. */
final class TrieWalk {
    /** Most drops of the grammar's places during a walk; a walk that needs more ends. */
    private static final int MAX_DROPS = 2;

    private final ByteTrie trie;
    private final int vocabSize;
    private final GrammarPlaces grammar;
    private final @Nullable Place[] plain;
    private final @Nullable Frames[] frames;
    private final @Nullable ConstraintState[] states;
    private final TokenSet.Builder tokens = new TokenSet.Builder();
    private final int began;
    private final MaskWork work;
    private int[] exits = new int[16];
    private int exitCount;

    /**
     * @param vocabSize of the vocabulary whose tokens the trie has
     * @param maxWork {@link MaskPart#work} at most
     */
    TrieWalk(ByteTrie trie, int vocabSize, GrammarPlaces grammar, long maxWork) {
        work = new MaskWork(maxWork);
        this.trie = trie;
        this.vocabSize = vocabSize;
        this.grammar = grammar;
        began = grammar.generation();
        int depths = trie.longest() + 1;
        plain = new Place[depths];
        frames = new Frames[depths];
        states = new ConstraintState[depths];
    }

    /** Returns the part of the tokens that begin with a byte of a place's own rule. */
    MaskPart inside(Place place) {
        plain[0] = place;
        return walk();
    }

    /** Returns the part of the tokens at a place, with calls and ends before the first byte. */
    MaskPart from(Place place) {
        var state = ConstraintState.at(place, null, grammar);
        states[0] = state;
        if (state.isComplete()) {
            addExit(0);
        }
        return walk();
    }

    /** Returns the nodes that were visited, each once for each way to read it. */
    long work() {
        return work.total();
    }

    private MaskPart walk() {
        for (int node = 1; node < trie.size(); ) {
            int depth = trie.depth(node);
            boolean goesOn = step(depth, trie.byteOf(node));
            var state = states[depth];
            work.add(state == null ? 1 : Math.max(1, state.readings().size()));
            boolean isExit = state != null && state.isComplete();
            if (isExit) {
                addExit(node);
            }
            if (goesOn || isExit) {
                trie.addTokens(node, tokens);
            }
            node = goesOn ? node + 1 : trie.end(node);
        }
        return new MaskPart(
                tokens.build(vocabSize),
                exitCount == 0 ? null : trie.behind(Arrays.copyOf(exits, exitCount)),
                work.total());
    }

    /** Sets the place or state of {@code depth}, and returns whether bytes may follow. */
    private boolean step(int depth, int b) {
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
            after = state.next(b, grammar);
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

    private void addExit(int node) {
        if (trie.isLeaf(node)) {
            return;
        }
        if (exitCount == exits.length) {
            exits = Arrays.copyOf(exits, 2 * exitCount);
        }
        exits[exitCount++] = node;
    }
}
