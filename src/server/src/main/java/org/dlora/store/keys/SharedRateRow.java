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
    long perMinute = 1;
    double level;
    Instant atTime = Instant.EPOCH;

    /** Makes a full bucket. */
    static SharedRateRow full(SharedRateKey id, long perMinute, Instant now) {
        var row = new SharedRateRow();
        row.id = id;
        row.perMinute = perMinute;
        row.level = perMinute;
        row.atTime = now;
        return row;
    }

    /** Fills the bucket evenly up to its limit; a clock that goes back fills nothing. */
    void fill(Instant now) {
        if (now.isAfter(atTime)) {
            add(perMinute * (Duration.between(atTime, now).toNanos() / MINUTE));
        }
        atTime = now;
    }

    /** Changes the limit; the share that is left stays. */
    void limit(long changed) {
        level *= (double) changed / perMinute;
        perMinute = changed;
    }

    /** Gives back what was taken while the limit was {@code limit}. */
    void giveBack(long amount, long limit) {
        add((double) amount * perMinute / limit);
    }

    private void add(double amount) {
        level = Math.min((double) perMinute, level + amount);
    }
}
