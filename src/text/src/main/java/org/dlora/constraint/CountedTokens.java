package org.dlora.constraint;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.dlora.constraint.grammar.Characters;
import org.dlora.constraint.grammar.Dfa;

/**
 * Effect of each token on a text of counted characters in one state of its automaton: the
 * characters that the token needs, and whether it ends the text. So a mask for any bounds needs no
 * walk of the vocabulary. Safe from any thread.
 */
final class CountedTokens {
    private final int vocabSize;

    /** Tokens within the text, by the characters that it then has at least. */
    private final List<TokenSet> inside;

    private final AtomicReferenceArray<TokenSet> upTo;
    private final List<MaskPart> ends;
    private final long work;

    private CountedTokens(int vocabSize, List<TokenSet> inside, List<MaskPart> ends, long work) {
        this.work = work;
        this.vocabSize = vocabSize;
        this.inside = inside;
        this.ends = ends;
        upTo = new AtomicReferenceArray<>(Math.max(1, inside.size()));
    }

    /** Walks the vocabulary from a state. */
    static CountedTokens of(TokenTrie vocabulary, Characters characters, int state) {
        var trie = vocabulary.paths();
        var dfa = characters.dfa();
        var inside = new ArrayList<TokenSet.Builder>();
        var ends = new ArrayList<Ends>();
        var states = new int[trie.longest() + 1];
        var counts = new int[trie.longest() + 1];
        states[0] = state;
        int visited = 0;
        for (int node = 1; node < trie.size(); ) {
            visited++;
            int depth = trie.depth(node);
            int before = states[depth - 1];
            int to = dfa.next(before, trie.byteOf(node));
            if (to == Dfa.DEAD) {
                node = trie.end(node);
                continue;
            }
            states[depth] = to;
            counts[depth] = counts[depth - 1] + characters.begun(before, to);
            if (dfa.accepts(to)) {
                while (ends.size() <= counts[depth]) {
                    ends.add(new Ends());
                }
                ends.get(counts[depth]).add(trie, node);
                node = trie.end(node);
                continue;
            }
            int needed = counts[depth] + characters.needed(to);
            while (inside.size() <= needed && trie.hasTokens(node)) {
                inside.add(new TokenSet.Builder());
            }
            if (trie.hasTokens(node)) {
                trie.addTokens(node, inside.get(needed));
            }
            node++;
        }
        int size = vocabulary.vocabSize();
        return new CountedTokens(
                size,
                inside.stream().map(tokens -> tokens.build(size)).toList(),
                ends.stream().map(one -> one.part(trie, size)).toList(),
                visited);
    }

    /** Returns the nodes of the vocabulary's trie that were visited. */
    long work() {
        return work;
    }

    /** Nodes at which texts end after one number of characters. */
    private static final class Ends {
        private final TokenSet.Builder tokens = new TokenSet.Builder();
        private final List<Integer> nodes = new ArrayList<>();

        void add(ByteTrie trie, int node) {
            trie.addTokens(node, tokens);
            if (!trie.isLeaf(node)) {
                nodes.add(node);
            }
        }

        MaskPart part(ByteTrie trie, int vocabSize) {
            return new MaskPart(
                    tokens.build(vocabSize),
                    nodes.isEmpty()
                            ? null
                            : trie.behind(nodes.stream().mapToInt(Integer::intValue).toArray()),
                    0);
        }
    }

    /** Returns the tokens that do not end the text and need at most {@code count} characters. */
    TokenSet insideUpTo(int count) {
        int index = Math.min(count, upTo.length() - 1);
        var known = upTo.get(index);
        if (known == null) {
            known =
                    TokenSet.union(
                            inside.subList(0, Math.min(index + 1, inside.size())), vocabSize);
            upTo.set(index, known);
        }
        return known;
    }

    /** Returns the tokens that end the text after {@code least} to {@code most} characters. */
    List<MaskPart> ends(int least, int most) {
        int from = Math.clamp(least, 0, ends.size());
        int to = most < ends.size() ? most + 1 : ends.size();
        return ends.subList(from, Math.max(from, to));
    }

    /** Returns about the bytes of memory that it takes, with all that it will. */
    int bytes() {
        int perSet = 64 + vocabSize / 8;
        return 200
                + inside.stream().mapToInt(tokens -> tokens.bytes() + perSet).sum()
                + ends.stream().mapToInt(MaskPart::bytes).sum();
    }
}
