package org.dlora.app.wiring;

import org.dlora.app.settings.DloraProperties;
import org.dlora.app.source.ModelSource;
import org.dlora.engine.opening.HostProcessors;
import org.dlora.engine.opening.StartException;
import org.springframework.stereotype.Component;

/**
 * Check of the model, the adapter roots, the manifest and the kernels, which refuses a start before
 * the web server listens.
 */
@Component
final class SourceCheck {
    SourceCheck(DloraProperties settings) {
        HostProcessors.refusal("dlora.cpu.native", settings.cpu().nativeKernels())
                .ifPresent(reason -> {
                    throw new StartException(reason);
                });
        ModelSource.check(settings);
        // The model has not been read: ids of tokens are checked once it has been.
        var _ = StartManifest.read(settings, ModelSource.servedName(settings), Integer.MAX_VALUE);
    }
}
