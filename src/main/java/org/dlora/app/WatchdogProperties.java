package org.dlora.app;

import static java.time.temporal.ChronoUnit.SECONDS;

import jakarta.validation.constraints.DecimalMin;
import java.time.Duration;
import org.dlora.cluster.supervision.WatchdogSettings;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;

/**
 * When a replica counts as hung.
 *
 * @param minimum time that every turn of its loop may take
 * @param factor how many times its predicted time a step may take
 */
record WatchdogProperties(
        @DefaultValue("30s") @DurationUnit(SECONDS) @DurationMin(seconds = 1) Duration minimum,
        @DefaultValue("50") @DecimalMin("1") double factor) {

    WatchdogSettings settings() {
        return new WatchdogSettings(minimum.toNanos() / 1e9, factor);
    }
}
