package org.dlora.api.admin.cluster;

import org.dlora.scheduling.SloLimits;
import org.jspecify.annotations.Nullable;

/**
 * The times that clients are promised.
 *
 * @param ttft seconds to the first token, null if nothing is promised
 * @param tpot seconds between two tokens, null if nothing is promised
 */
public record SloBody(@Nullable Double ttft, @Nullable Double tpot) {
    static SloBody of(SloLimits limits) {
        return new SloBody(finite(limits.ttft()), finite(limits.tpot()));
    }

    /** Returns {@code value}, or null if it is infinite or NaN, which JSON cannot hold. */
    public static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
