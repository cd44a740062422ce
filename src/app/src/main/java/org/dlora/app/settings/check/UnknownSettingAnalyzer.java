package org.dlora.app.settings.check;

import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;

/** Analyzer of unknown settings. It replaces Spring Boot's, which speaks of unbound elements. */
final class UnknownSettingAnalyzer
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
