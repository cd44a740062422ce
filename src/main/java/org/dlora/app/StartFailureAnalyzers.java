package org.dlora.app;

import org.dlora.tensor.LoadException;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;

/** Turn what may go wrong at start into sentences instead of stack traces. */
final class StartFailureAnalyzers {
    private StartFailureAnalyzers() {}

    static final class Settings extends AbstractFailureAnalyzer<StartException> {
        @Override
        protected FailureAnalysis analyze(Throwable root, StartException cause) {
            return new FailureAnalysis(cause.getMessage(), null, cause);
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
