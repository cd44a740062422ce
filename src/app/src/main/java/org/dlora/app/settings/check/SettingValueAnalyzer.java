package org.dlora.app.settings.check;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.convert.ConversionFailedException;
import org.springframework.util.unit.DataSize;

/**
 * Analyzer of settings whose value cannot be converted. It replaces Spring Boot's, which writes
 * values as Java does.
 */
final class SettingValueAnalyzer extends AbstractFailureAnalyzer<BindException> implements Ordered {
    @Override
    protected @Nullable FailureAnalysis analyze(Throwable root, BindException cause) {
        var property = cause.getProperty();
        var conversion = conversion(cause);
        if (property == null || conversion == null) {
            return null;
        }
        return new FailureAnalysis(
                "%s is %s (%s)."
                        .formatted(property.getName(), property.getValue(), property.getOrigin()),
                "Give %s; application.yml explains every setting."
                        .formatted(expected(conversion.getTargetType().getType())),
                cause);
    }

    private static @Nullable ConversionFailedException conversion(Throwable e) {
        for (var cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof ConversionFailedException conversion) {
                return conversion;
            }
        }
        return null;
    }

    /** Returns the values of a type, in the words of application.yml. */
    private static String expected(Class<?> type) {
        if (type.isEnum()) {
            return "one of " + String.join(", ", labels(requireNonNull(type.getEnumConstants())));
        }
        if (type == Duration.class) {
            return "a time such as 50ms or 2s; a whole number without a unit is in seconds";
        }
        if (type == DataSize.class) {
            return "a size such as 512MB or 2GB";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        return type == int.class || type == Integer.class ? "a whole number" : "a number";
    }

    // on and off are true and false in YAML.
    private static List<String> labels(Object[] constants) {
        var labels =
                Arrays.stream(constants)
                        .map(one ->
                                ((Enum<?>) one).name().toLowerCase(Locale.ROOT).replace('_', '-'))
                        .toList();
        return labels.containsAll(List.of("on", "off"))
                ? labels.stream()
                        .map(one ->
                                switch (one) {
                                    case "on" -> "true";
                                    case "off" -> "false";
                                    default -> one;
                                })
                        .toList()
                : labels;
    }

    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }
}
