package org.dlora.app;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.bind.validation.BindValidationException;
import org.springframework.boot.context.properties.bind.validation.ValidationErrors;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.convert.ConversionFailedException;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.FieldError;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;

/** Turn what may go wrong at start into sentences instead of stack traces. */
final class StartFailureAnalyzers {
    private StartFailureAnalyzers() {}

    /** Comes before the analyzers of exceptions that it causes. */
    static final class Settings extends AbstractFailureAnalyzer<StartException> implements Ordered {
        @Override
        protected FailureAnalysis analyze(Throwable root, StartException cause) {
            return new FailureAnalysis(cause.getMessage(), null, cause);
        }

        @Override
        public int getOrder() {
            return HIGHEST_PRECEDENCE;
        }
    }

    /** Replaces Spring Boot's, which names Java's types and tells one limit of two. */
    static final class Limits extends AbstractFailureAnalyzer<BindValidationException>
            implements Ordered {
        private static final ConfigurationPropertyName DLORA =
                ConfigurationPropertyName.of("dlora");

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

        /** Returns the value as it was written, and where. */
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

    /** In place of Spring Boot's, which speaks of unbound elements. */
    static final class Unknown
            extends AbstractFailureAnalyzer<UnboundConfigurationPropertiesException>
            implements Ordered {
        @Override
        protected FailureAnalysis analyze(
                Throwable root, UnboundConfigurationPropertiesException cause) {
            var names =
                    cause.getUnboundProperties().stream()
                            .map(p -> p.getName() + " (" + p.getOrigin() + ")")
                            .toList();
            return new FailureAnalysis(
                    "There is no such setting: " + String.join(", ", names) + ".",
                    "Correct or remove it; application.yml lists every setting.",
                    cause);
        }

        @Override
        public int getOrder() {
            return HIGHEST_PRECEDENCE;
        }
    }

    /** In place of Spring Boot's, which writes values as Java does. */
    static final class Value extends AbstractFailureAnalyzer<BindException> implements Ordered {
        @Override
        protected @Nullable FailureAnalysis analyze(Throwable root, BindException cause) {
            var property = cause.getProperty();
            var conversion = conversion(cause);
            if (property == null || conversion == null) {
                return null;
            }
            return new FailureAnalysis(
                    "%s is %s (%s)."
                            .formatted(
                                    property.getName(), property.getValue(), property.getOrigin()),
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

        /** What may be given, in the words of application.yml. */
        private static String expected(Class<?> type) {
            if (type.isEnum()) {
                return "one of "
                        + String.join(", ", labels(requireNonNull(type.getEnumConstants())));
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
                                    ((Enum<?>) one)
                                            .name()
                                            .toLowerCase(Locale.ROOT)
                                            .replace('_', '-'))
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

    static final class Loading extends AbstractFailureAnalyzer<LoadException> {
        @Override
        protected FailureAnalysis analyze(Throwable root, LoadException cause) {
            return new FailureAnalysis(
                    "The model cannot be served: " + cause.getMessage(),
                    "Point dlora.model at a folder in the Hugging Face layout (config.json,"
                            + " tokenizer.json, *.safetensors), or leave it out for the bundled demo.",
                    cause);
        }
    }

    static final class Yaml extends AbstractFailureAnalyzer<YAMLException> {
        @Override
        protected FailureAnalysis analyze(Throwable root, YAMLException cause) {
            var where =
                    cause instanceof MarkedYAMLException marked && marked.getProblemMark() != null
                            ? "line %d, column %d: %s"
                                    .formatted(
                                            marked.getProblemMark().getLine() + 1,
                                            marked.getProblemMark().getColumn() + 1,
                                            marked.getProblem())
                            : String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
            return new FailureAnalysis(
                    "Your application.yml is not valid YAML: " + where + ".",
                    "Correct it: a setting is a name, a colon, a space and a value, indented by"
                            + " spaces below the name that it belongs to.",
                    cause);
        }
    }
}
