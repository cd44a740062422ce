package org.dlora.app.settings;

import static java.time.temporal.ChronoUnit.SECONDS;

import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;

/**
 * Limits of keys and teams.
 *
 * @param shared whether servers on one PostgreSQL share requests and tokens per minute, at the cost
 *     of a transaction for each call that has such a limit
 * @param sharedWait longest wait of a call for the others' rates; after it this server's own count
 *     decides
 */
public record LimitProperties(
        @DefaultValue("false") boolean shared,
        @DefaultValue("250ms") @DurationUnit(SECONDS) @DurationMin(millis = 1)
                Duration sharedWait) {}
