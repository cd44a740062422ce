package org.dlora.console.settings;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.ConfigurableEnvironment;

/** Page of the settings, and forms for those that can be changed while the server runs. */
@Configuration(proxyBeanMethods = false)
@Import({SettingsPage.class, SchedulingForms.class})
public class SettingsPages {

    @Bean
    SettingsInForce settingsInForce(ConfigurableEnvironment environment) {
        return new SettingsInForce(environment);
    }
}
