package org.dlora.app.settings;

import static java.time.temporal.ChronoUnit.SECONDS;

import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;

/**
 * Sign-ins at the console.
 *
 * @param sessionTimeout after which a session ends that is not used
 * @param sessionLifetime from the sign-in to the end of a session, used or not
 * @param oidc roles of those who sign in at an identity provider
 */
public record ConsoleProperties(
        @DefaultValue("30m") @DurationUnit(SECONDS) @DurationMin(seconds = 1)
                Duration sessionTimeout,
        @DefaultValue("12h") @DurationUnit(SECONDS) @DurationMin(seconds = 1)
                Duration sessionLifetime,
        @DefaultValue @NestedConfigurationProperty ProviderProperties oidc) {}
