package org.dlora.api.documentation;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;

/** Filter that keeps springdoc's beans out of the main context; see {@link DocumentContext}. */
final class DocumentationContextFilter implements AutoConfigurationImportFilter {
    @Override
    public boolean[] match(
            @Nullable String[] autoConfigurations, AutoConfigurationMetadata metadata) {
        var kept = new boolean[autoConfigurations.length];
        for (int i = 0; i < kept.length; i++) {
            var name = autoConfigurations[i];
            kept[i] = name == null || !name.startsWith("org.springdoc.");
        }
        return kept;
    }
}
