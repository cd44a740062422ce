package org.dlora.engine;

/** Incremental detokenisation of one sequence: whole characters only. */
interface TextStream {
    /** Text that became final with {@code token}; may be empty. */
    String next(int token);

    /** The rest. */
    String flush();

    /** Opens streams. */
    @FunctionalInterface
    interface Factory {
        TextStream open(boolean skipSpecialTokens);
    }
}
