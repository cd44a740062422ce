package org.dlora.api.admin;

import org.dlora.scheduling.SloLimits;
import org.jspecify.annotations.Nullable;

/**
 * What clients are promised.
 *
 * @param ttft seconds to the first token, null where nothing is promised
 * @param tpot seconds between two tokens, null where nothing is promised
 */
record SloBody(@Nullable Double ttft, @Nullable Double tpot) {
    static SloBody of(SloLimits limits) {
        return new SloBody(finite(limits.ttft()), finite(limits.tpot()));
    }

    /** JSON has no infinity, and none of what is not a number. */
    static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
