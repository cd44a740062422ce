package org.dlora.store.history;

import java.util.function.Supplier;
import org.dlora.catalogue.history.RequestParameters;
import org.dlora.cluster.facts.RequestFacts;

/**
 * A row that waits to be written. The writer makes it, so that no other thread spends time on it.
 *
 * @param bytes of memory, about, that it keeps from others while it waits
 * @param row makes it
 */
record WaitingRow(long bytes, Supplier<? extends Row> row) {
    /** Bytes of a row with nothing of unusual size. */
    private static final int USUAL = 2048;

    /** Returns a row that is made already. */
    static WaitingRow of(Row made) {
        return new WaitingRow(USUAL, () -> made);
    }

    /** Returns a row that holds facts until it is made. */
    static WaitingRow of(RequestFacts facts, Supplier<? extends Row> row) {
        var trace = facts.trace();
        var request = trace.request();
        long bytes = USUAL + 4L * request.prompt().length + trace.tokenHashes().length;
        bytes += trace.logprobs() == null ? 0 : 4L * trace.logprobs().length;
        if (trace.answer() != null) {
            bytes += 4L * trace.answer().tokens().length + 2L * trace.answer().text().length();
        }
        return new WaitingRow(bytes + RequestParameters.of(request).bytes(), row);
    }
}
