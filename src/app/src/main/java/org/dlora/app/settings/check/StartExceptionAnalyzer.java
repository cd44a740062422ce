package org.dlora.app.settings.check;

import org.dlora.engine.opening.StartException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;

/**
 * Analyzer of a start that fails because of the settings. It comes before the analyzers of the
 * exceptions that caused the failure.
 */
final class StartExceptionAnalyzer extends AbstractFailureAnalyzer<StartException>
        implements Ordered {
    @Override
    protected FailureAnalysis analyze(Throwable root, StartException cause) {
        return new FailureAnalysis(cause.getMessage(), null, cause);
    }

    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }
}
