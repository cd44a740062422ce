package org.dlora.constraint;

import org.jspecify.annotations.Nullable;

/**
 * Part of a mask: the effects of a trie's tokens at a place of a rule, whoever has called the rule.
 *
 * @param tokens with which the rule goes on or ends
 * @param rest of the tokens that go on behind the end of the rule; null if there are none
 * @param work nodes of the trie that were visited for it, each once for each way to read it
 */
record MaskPart(TokenSet tokens, @Nullable ByteTrie rest, long work) {

    /** Returns about the bytes of memory that it takes. */
    int bytes() {
        return 32 + tokens.bytes() + (rest == null ? 0 : rest.bytesOfMemory());
    }
}
