package org.dlora.api.openai;

import java.util.List;

/** Turns the steps of a call into the chunks of its stream. Used by one thread at a time. */
interface Chunks {

    /**
     * Chunks that {@code step} gives, in order; throws {@link ApiException} if the sequence failed.
     */
    List<?> on(Sequences.Step step);

    /** Chunks after the last step. */
    List<?> end();
}
