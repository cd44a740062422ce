package org.dlora.model;

import java.util.BitSet;
import java.util.List;

/**
 * The tokens of a vocabulary by id. Ids beyond it are allowed wherever a token is asked for, and
 * stand for nothing: a model's embedding is often padded past its vocabulary.
 *
 * @param tokens as {@code tokenizer.json} spells them, empty where an id has none
 * @param special ids of special tokens
 */
record Vocabulary(List<String> tokens, BitSet special, TokenBytes spelling) {
    Vocabulary {
        tokens = List.copyOf(tokens);
        special = (BitSet) special.clone();
    }

    int size() {
        return tokens.size();
    }

    String token(int id) {
        return contains(id) ? tokens.get(id) : "";
    }

    boolean isSpecial(int id) {
        return contains(id) && special.get(id);
    }

    boolean contains(int id) {
        return id >= 0 && id < tokens.size();
    }

    byte[] bytes(int id) {
        return spelling.of(token(id));
    }

    boolean stripsLeadingSpace() {
        return spelling.stripsLeadingSpace();
    }
}
