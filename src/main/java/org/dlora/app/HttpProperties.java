package org.dlora.app;

import static java.time.temporal.ChronoUnit.SECONDS;

import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;

/**
 * The HTTP interface.
 *
 * @param ping time after which a quiet stream gets a comment
 */
record HttpProperties(
        @DefaultValue("15s") @DurationUnit(SECONDS) @DurationMin(millis = 100) Duration ping) {}
