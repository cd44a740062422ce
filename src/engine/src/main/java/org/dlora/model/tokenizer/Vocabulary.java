package org.dlora.model.tokenizer;

import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;

/**
 * The tokens of a vocabulary by id. Ids beyond it are allowed wherever a token is expected, and
 * stand for nothing, because a model's embedding is often padded past its vocabulary.
 *
 * @param tokens as {@code tokenizer.json} spells them, empty where an id has none
 * @param special ids of special tokens
 */
public record Vocabulary(List<String> tokens, BitSet special, TokenSpelling spelling) {
    public Vocabulary {
        tokens = List.copyOf(tokens);
        special = (BitSet) special.clone();
    }

    int size() {
        return tokens.size();
    }

    String token(int id) {
        return contains(id) ? tokens.get(id) : "";
    }

    /** Returns the id of {@code token}; empty if there is no such token. */
    OptionalInt id(String token) {
        int id = token.isEmpty() ? -1 : tokens.indexOf(token);
        return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
    }

    boolean isSpecial(int id) {
        return contains(id) && special.get(id);
    }

    boolean contains(int id) {
        return id >= 0 && id < tokens.size();
    }

    /** Returns the bytes of the longest token, at least 1. */
    int longest() {
        return Math.max(
                1, tokens.stream().mapToInt(token -> spelling.of(token).length).max().orElse(1));
    }

    byte[] bytes(int id) {
        return spelling.of(token(id));
    }

    boolean stripsLeadingSpace() {
        return spelling.stripsLeadingSpace();
    }
}
