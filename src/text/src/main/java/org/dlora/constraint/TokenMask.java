package org.dlora.constraint;

import java.util.List;

/** The tokens that may come next: sets that masks share. Immutable. */
public final class TokenMask {
    private final List<TokenSet> parts;

    TokenMask(List<TokenSet> parts) {
        this.parts = List.copyOf(parts);
    }

    /** Returns about the bytes of memory that it takes without its parts. */
    int bytes() {
        return 64 + 4 * parts.size();
    }

    /** Returns whether {@code token} may come; ids beyond the vocabulary may not. */
    public boolean allows(int token) {
        for (var part : parts) {
            if (part.has(token)) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether no token may come. */
    public boolean isEmpty() {
        return parts.isEmpty();
    }

    /**
     * Adds the tokens to a set.
     *
     * @param words bits by id, for the whole vocabulary
     */
    public void addTo(long[] words) {
        for (var part : parts) {
            part.addTo(words);
        }
    }
}
