package org.dlora.app.tracing;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;

/**
 * Filter that keeps Spring Boot's configurations of tracing out of a server that does not trace, so
 * that its start loads none of their classes.
 */
final class TracingFilter implements AutoConfigurationImportFilter, EnvironmentAware {
    static final String ENABLED = "management.tracing.export.enabled";

    private boolean isOn;

    @Override
    public void setEnvironment(Environment environment) {
        isOn = environment.getProperty(ENABLED, Boolean.class, false);
    }

    @Override
    public boolean[] match(
            @Nullable String[] autoConfigurations, AutoConfigurationMetadata metadata) {
        var kept = new boolean[autoConfigurations.length];
        for (int i = 0; i < kept.length; i++) {
            var name = autoConfigurations[i];
            kept[i] = isOn || name == null || !isTracing(name);
        }
        return kept;
    }

    private static boolean isTracing(String name) {
        return name.startsWith("org.springframework.boot.micrometer.tracing.")
                || name.startsWith("org.springframework.boot.opentelemetry.");
    }
}
