package org.dlora.constraint;

import org.dlora.constraint.grammar.Characters;
import org.jspecify.annotations.Nullable;

/**
 * What the tokens of one vocabulary do to JSON strings, which constraints share: one entry for each
 * of the few states. Safe from any thread.
 */
final class CountedTexts {
    private final TokenTrie vocabulary;
    private final Characters strings;
    private final @Nullable CountedTokens[] known;

    CountedTexts(TokenTrie vocabulary, Characters strings) {
        this.vocabulary = vocabulary;
        this.strings = strings;
        known = new CountedTokens[strings.dfa().size()];
    }

    boolean has(Characters characters) {
        return characters == strings;
    }

    CountedTokens tokens(int state) {
        synchronized (known) {
            var tokens = known[state];
            if (tokens == null) {
                tokens = CountedTokens.of(vocabulary, strings, state);
                known[state] = tokens;
            }
            return tokens;
        }
    }
}
