package org.dlora.app.settings;

import static java.time.temporal.ChronoUnit.SECONDS;

import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;

/**
 * Settings of placement.
 *
 * @param enabled whether copies are made where bursts would find too little KV memory, and given
 *     back; without that adapters are loaded for requests that wait for them, and by hand
 * @param rest time after an eviction or move by hand in which no copy of the adapter is made in the
 *     memory that it left
 */
public record PlacementProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("1m") @DurationUnit(SECONDS) @DurationMin Duration rest) {}
