package org.dlora.app.settings;

import static java.time.temporal.ChronoUnit.SECONDS;

import jakarta.validation.constraints.DecimalMin;
import java.time.Duration;
import org.dlora.cluster.supervision.WatchdogSettings;
import org.dlora.engine.opening.StartException;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;

/**
 * Settings of the watchdog, which finds hung replicas.
 *
 * @param minimum time that every turn of its loop may take
 * @param factor how many times its predicted time a step may take
 * @param maximum time that no turn may exceed, whatever was predicted; at least {@code minimum}
 */
public record WatchdogProperties(
        @DefaultValue("30s") @DurationUnit(SECONDS) @DurationMin(seconds = 1) Duration minimum,
        @DefaultValue("50") @DecimalMin("1") double factor,
        @DefaultValue("10m") @DurationUnit(SECONDS) @DurationMin(seconds = 1) Duration maximum) {

    public WatchdogProperties {
        if (maximum.compareTo(minimum) < 0) {
            throw new StartException(
                    "dlora.watchdog.maximum is %s s, but dlora.watchdog.minimum is %s s: set maximum to at least minimum."
                            .formatted(seconds(maximum), seconds(minimum)));
        }
    }

    public WatchdogSettings settings() {
        return new WatchdogSettings(seconds(minimum), factor, seconds(maximum));
    }

    private static double seconds(Duration time) {
        return time.toNanos() / 1e9;
    }
}
