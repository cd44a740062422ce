package org.dlora.security.web;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;

/**
 * Filter that leaves out Spring Boot's configuration of security, which makes a user with a
 * password in the log. {@link SecurityWebConfiguration} says what holds instead.
 */
final class OwnSecurityFilter implements AutoConfigurationImportFilter {
    @Override
    public boolean[] match(
            @Nullable String[] autoConfigurations, AutoConfigurationMetadata metadata) {
        var kept = new boolean[autoConfigurations.length];
        for (int i = 0; i < kept.length; i++) {
            var name = autoConfigurations[i];
            kept[i] = name == null || !name.startsWith("org.springframework.boot.security.");
        }
        return kept;
    }
}
