package org.dlora.app.settings.check;

import org.dlora.app.settings.DloraProperties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Check at the start that warns of environment variables and system properties that look like
 * settings and are none.
 */
@Component
final class EnvironmentCheck {
    private static final Logger log = LoggerFactory.getLogger(EnvironmentCheck.class);

    EnvironmentCheck() {
        var names = new EnvironmentNames("dlora", DloraProperties.class);
        names.unknown(System.getenv().keySet()).forEach(name -> warn("environment variable", name));
        names.unknownProperties(System.getProperties().stringPropertyNames())
                .forEach(name -> warn("system property", name));
    }

    private static void warn(String kind, String name) {
        log.warn("The {} {} is no setting of dLoRA and has no effect", kind, name);
    }
}
