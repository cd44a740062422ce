package org.dlora.constraint;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.dlora.constraint.grammar.Dfa;
import org.dlora.constraint.grammar.Rule;

/**
 * What each token does to a text of counted characters in one state of its automaton: how many
 * characters it begins, and whether it ends the text. So a mask for any bounds needs no walk of the
 * vocabulary.
 */
final class CountedTokens {
    private final int vocabSize;
    private final List<List<Integer>> inside = new ArrayList<>();
    private final List<List<Integer>> exits = new ArrayList<>();
    private final AtomicReferenceArray<TokenSet> upTo;
    private final int[] allExits;

    private CountedTokens(TokenTrie trie, Rule.Counted rule, int state) {
        vocabSize = trie.vocabSize();
        var dfa = rule.dfa();
        var states = new int[trie.longest() + 1];
        var counts = new int[trie.longest() + 1];
        states[0] = state;
        for (int node = 1; node < trie.nodes(); ) {
            int depth = trie.depth(node);
            int before = states[depth - 1];
            int to = dfa.next(before, trie.byteOf(node));
            if (to == Dfa.DEAD) {
                node = trie.end(node);
                continue;
            }
            boolean ends = dfa.accepts(to);
            states[depth] = to;
            counts[depth] = counts[depth - 1] + (before == rule.boundary() && !ends ? 1 : 0);
            if (ends) {
                add(exits, counts[depth], node);
                node = trie.end(node);
                continue;
            }
            for (int t = trie.firstToken(node); t >= 0; t = trie.nextToken(t)) {
                add(inside, counts[depth], t);
            }
            node++;
        }
        upTo = new AtomicReferenceArray<>(Math.max(1, inside.size()));
        allExits = exits(0, Integer.MAX_VALUE);
    }

    static CountedTokens of(TokenTrie trie, Rule.Counted rule, int state) {
        return new CountedTokens(trie, rule, state);
    }

    private static void add(List<List<Integer>> lists, int count, int value) {
        while (lists.size() <= count) {
            lists.add(new ArrayList<>());
        }
        lists.get(count).add(value);
    }

    /** Returns the tokens that begin at most {@code count} characters and do not end the text. */
    TokenSet insideUpTo(int count) {
        int index = Math.min(count, upTo.length() - 1);
        var known = upTo.get(index);
        if (known == null) {
            var words = new long[(vocabSize + 63) >> 6];
            for (int c = 0; c <= Math.min(index, inside.size() - 1); c++) {
                inside.get(c).forEach(token -> TokenSet.add(words, token));
            }
            known = TokenSet.of(words);
            upTo.set(index, known);
        }
        return known;
    }

    /** Returns the most characters of a token that ends the text. */
    int mostBeforeExit() {
        return exits.size() - 1;
    }

    /** Returns all of the trie's nodes at which the text ends. Not to be changed. */
    int[] exits() {
        return allExits;
    }

    /** Returns the trie's nodes at which the text ends after {@code least} to {@code most}. */
    int[] exits(int least, int most) {
        var nodes = new ArrayList<Integer>();
        for (int c = Math.max(0, least); c < exits.size() && c <= most; c++) {
            nodes.addAll(exits.get(c));
        }
        return nodes.stream().mapToInt(Integer::intValue).toArray();
    }
}
