package org.dlora.app.settings;

import static java.time.temporal.ChronoUnit.SECONDS;

import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import java.time.Duration;
import org.dlora.scheduling.rebalance.RebalanceSettings;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;

/**
 * Settings of rebalancing.
 *
 * @param enabled whether they do; moves by hand are possible all the same
 * @param drift share over the mean of all replicas, in requests or KV blocks, that calls for a plan
 * @param period longest time between two plans
 * @param minGain least relative gain of a plan that is applied
 * @param timeLimit longest time of the solver; 0 leaves its greedy plan
 * @param rest time after a move in which a request is not moved again
 */
public record RebalanceProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("0.25") @DecimalMin("0") @DecimalMax("100") double drift,
        @DefaultValue("10s") @DurationUnit(SECONDS) @DurationMin(nanos = 0, inclusive = false)
                Duration period,
        @DefaultValue("0.1") @DecimalMin("0") @DecimalMax("100") double minGain,
        @DefaultValue("1s") @DurationUnit(SECONDS) @DurationMin Duration timeLimit,
        @DefaultValue("10s") @DurationUnit(SECONDS) @DurationMin Duration rest) {
    public RebalanceSettings settings() {
        var usual = RebalanceSettings.DEFAULT;
        return new RebalanceSettings(
                drift,
                usual.kvLimit(),
                seconds(period),
                usual.pause(),
                minGain,
                seconds(timeLimit),
                seconds(rest));
    }

    private static double seconds(Duration time) {
        return time.toNanos() / 1e9;
    }
}
