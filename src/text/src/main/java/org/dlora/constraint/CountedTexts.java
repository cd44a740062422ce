package org.dlora.constraint;

import java.util.List;
import java.util.stream.IntStream;
import org.dlora.constraint.grammar.Characters;

/**
 * Effects of the tokens of one vocabulary on JSON strings, which constraints share: one entry for
 * each of the few states. Immutable.
 */
final class CountedTexts {
    private final Characters strings;
    private final List<CountedTokens> byState;

    /** Walks the vocabulary, which takes hundredths of a second. */
    CountedTexts(TokenTrie vocabulary, Characters strings) {
        this.strings = strings;
        byState =
                IntStream.range(0, strings.dfa().size())
                        .mapToObj(state -> CountedTokens.of(vocabulary, strings, state))
                        .toList();
    }

    boolean has(Characters characters) {
        return characters == strings;
    }

    CountedTokens tokens(int state) {
        return byState.get(state);
    }
}
