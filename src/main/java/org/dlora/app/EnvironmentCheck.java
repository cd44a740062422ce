package org.dlora.app;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Warns of environment variables that look like settings and are none. */
@Component
final class EnvironmentCheck {
    private static final Logger log = LoggerFactory.getLogger(EnvironmentCheck.class);

    EnvironmentCheck() {
        new EnvironmentNames("dlora", DloraProperties.class)
                .unknown(System.getenv().keySet())
                .forEach(name ->
                        log.warn(
                                "The environment variable {} is no setting of dLoRA and has no effect",
                                name));
    }
}
