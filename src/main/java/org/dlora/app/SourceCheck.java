package org.dlora.app;

import org.springframework.stereotype.Component;

/** Refuses a model or adapter roots that cannot be served, before the web server listens. */
@Component
final class SourceCheck {
    SourceCheck(DloraProperties settings) {
        ModelSource.check(settings);
    }
}
