package org.dlora.store.keys;

import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import java.time.Duration;
import java.time.Instant;

/** The bucket of a limit per minute that servers share, in table {@code shared_rate}. */
@Entity
@Table(name = "shared_rate")
class SharedRateRow {
    private static final double MINUTE = 60e9;

    @EmbeddedId SharedRateKey id = new SharedRateKey("", "");
    double level;
    Instant atTime = Instant.EPOCH;

    /** Fills the bucket evenly up to its limit; a clock that goes back fills nothing. */
    void fill(long perMinute, Instant now) {
        if (now.isAfter(atTime)) {
            level += perMinute * (Duration.between(atTime, now).toNanos() / MINUTE);
            atTime = now;
        }
        level = Math.min(level, (double) perMinute);
    }
}
