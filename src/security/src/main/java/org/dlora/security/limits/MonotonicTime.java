package org.dlora.security.limits;

import io.github.bucket4j.TimeMeter;
import java.util.function.LongSupplier;

/**
 * Time of token buckets, which never goes back.
 *
 * @param nanos monotonic
 */
record MonotonicTime(LongSupplier nanos) implements TimeMeter {
    @Override
    public long currentTimeNanos() {
        return nanos.getAsLong();
    }

    @Override
    public boolean isWallClockBased() {
        return false;
    }
}
