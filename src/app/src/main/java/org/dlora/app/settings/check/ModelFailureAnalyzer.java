package org.dlora.app.settings.check;

import org.dlora.tensor.LoadException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Analyzer of a model that cannot be served. */
final class ModelFailureAnalyzer extends AbstractFailureAnalyzer<LoadException> {
    @Override
    protected FailureAnalysis analyze(Throwable root, LoadException cause) {
        return new FailureAnalysis(
                "The model cannot be served: " + cause.getMessage(),
                "Point dlora.model at a folder in the Hugging Face layout (config.json,"
                        + " tokenizer.json, *.safetensors), or leave it out for the bundled demo.",
                cause);
    }
}
