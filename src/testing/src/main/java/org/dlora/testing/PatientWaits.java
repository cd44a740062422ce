package org.dlora.testing;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Lets waits of all tests last two minutes before they fail, so that a busy machine fails none.
 * JUnit finds it by {@code META-INF/services}.
 */
public final class PatientWaits implements BeforeAllCallback {
    private static final Duration LONGEST = Duration.ofMinutes(2);

    @Override
    public void beforeAll(ExtensionContext context) {
        Awaitility.setDefaultTimeout(LONGEST);
    }
}
