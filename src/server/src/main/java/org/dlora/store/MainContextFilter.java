package org.dlora.store;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;

/**
 * Filter that keeps Spring Boot's configurations of databases out of the main context. {@link
 * DatabaseConfiguration} imports those that are needed into a context of its own.
 */
final class MainContextFilter implements AutoConfigurationImportFilter {
    private static final List<String> LEFT_OUT =
            List.of("data", "flyway", "hibernate", "jdbc", "persistence", "transaction");

    @Override
    public boolean[] match(
            @Nullable String[] autoConfigurations, AutoConfigurationMetadata metadata) {
        var kept = new boolean[autoConfigurations.length];
        for (int i = 0; i < kept.length; i++) {
            var name = autoConfigurations[i];
            kept[i] = name == null || LEFT_OUT.stream().noneMatch(topic -> isOf(topic, name));
        }
        return kept;
    }

    private static boolean isOf(String topic, String name) {
        return name.startsWith("org.springframework.boot." + topic + ".");
    }
}
