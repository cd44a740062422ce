package org.dlora.engine;

import org.dlora.model.TokenStream;

/** Incremental detokenisation of one sequence: whole characters only. */
interface TextStream {
    /** Text that became final with {@code token}; may be empty. */
    String next(int token);

    /** The rest. */
    String flush();

    static TextStream of(TokenStream stream) {
        return new TextStream() {
            @Override
            public String next(int token) {
                return stream.next(token);
            }

            @Override
            public String flush() {
                return stream.flush();
            }
        };
    }

    /** Opens streams. */
    @FunctionalInterface
    interface Factory {
        TextStream open(boolean skipSpecialTokens);
    }
}
