package org.dlora.constraint;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.constraint.grammar.Dfa;
import org.dlora.constraint.grammar.Rule;

/**
 * What the tokens of one vocabulary do to texts of counted characters, for the few states of the
 * automatons that constraints share. Safe from any thread.
 */
final class CountedTexts {
    private final TokenTrie trie;
    private final Map<Key, CountedTokens> known = new ConcurrentHashMap<>();

    private record Key(Dfa dfa, int state) {}

    CountedTexts(TokenTrie trie) {
        this.trie = trie;
    }

    CountedTokens tokens(Rule.Counted rule, int state) {
        return known.computeIfAbsent(
                new Key(rule.dfa(), state), _ -> CountedTokens.of(trie, rule, state));
    }
}
