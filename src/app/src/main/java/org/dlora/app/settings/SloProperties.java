package org.dlora.app.settings;

import static java.time.temporal.ChronoUnit.SECONDS;

import java.time.Duration;
import org.dlora.scheduling.SloLimits;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;

/**
 * The promised times. A step has no more prefill rows than they allow.
 *
 * @param ttft from arrival to the first token; 0 = nothing
 * @param tpot between two tokens of a stream; 0 = nothing
 */
record SloProperties(
        @DefaultValue("0") @DurationUnit(SECONDS) @DurationMin Duration ttft,
        @DefaultValue("0") @DurationUnit(SECONDS) @DurationMin Duration tpot) {
    SloLimits limits() {
        return new SloLimits(seconds(ttft), seconds(tpot));
    }

    private static double seconds(Duration limit) {
        return limit.isZero() ? Double.POSITIVE_INFINITY : limit.toNanos() / 1e9;
    }
}
