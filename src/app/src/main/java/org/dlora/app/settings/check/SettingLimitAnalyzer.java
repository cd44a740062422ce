package org.dlora.app.settings.check;

import org.dlora.app.settings.DloraProperties;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.bind.validation.BindValidationException;
import org.springframework.boot.context.properties.bind.validation.ValidationErrors;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.validation.FieldError;

/**
 * Analyzer of settings outside their limits. It replaces Spring Boot's, which names Java's types
 * and tells one limit of two.
 */
final class SettingLimitAnalyzer extends AbstractFailureAnalyzer<BindValidationException>
        implements Ordered {
    private static final ConfigurationPropertyName DLORA = ConfigurationPropertyName.of("dlora");

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable root, BindValidationException cause) {
        var errors = cause.getValidationErrors();
        if (!errors.getName().equals(DLORA)) {
            return null;
        }
        var sentences =
                errors.getAllErrors().stream()
                        .map(error -> sentence(errors, (FieldError) error))
                        .sorted()
                        .toList();
        return new FailureAnalysis(
                String.join(System.lineSeparator(), sentences),
                "Correct it, or leave it out for the default; application.yml explains every setting.",
                cause);
    }

    private static String sentence(ValidationErrors errors, FieldError error) {
        var name =
                ConfigurationPropertyName.of(
                        errors.getName()
                                + "."
                                + DataObjectPropertyName.toDashedForm(error.getField()));
        return "%s is %s; expected %s."
                .formatted(
                        name,
                        given(errors, name, error),
                        AllowedValues.of(DloraProperties.class, error.getField()));
    }

    /** Returns the value as it was written, and its place. */
    private static String given(
            ValidationErrors errors, ConfigurationPropertyName name, FieldError error) {
        return errors.getBoundProperties().stream()
                .filter(property -> property.getName().equals(name))
                .findFirst()
                .map(property -> property.getValue() + " (" + property.getOrigin() + ")")
                .orElseGet(() -> String.valueOf(error.getRejectedValue()));
    }

    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }
}
