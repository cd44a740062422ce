package org.dlora.app.settings.check;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;

/** Analyzer of an {@code application.yml} that is no valid YAML. */
final class YamlFailureAnalyzer extends AbstractFailureAnalyzer<YAMLException> {
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
