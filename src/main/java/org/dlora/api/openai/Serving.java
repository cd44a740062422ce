package org.dlora.api.openai;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Whether there is a model to serve: none while loading and warming up, one afterwards.
 * Thread-safe.
 */
public final class Serving {
    private final AtomicReference<@Nullable Served> current = new AtomicReference<>();

    /** From now on requests are answered by {@code served}, and {@code /health} says ready. */
    public void begin(Served served) {
        current.set(served);
    }

    /** From now on requests are refused with 503. */
    public void end() {
        current.set(null);
    }

    Optional<Served> current() {
        return Optional.ofNullable(current.get());
    }

    /** Whether there is a model and its replicas take requests. */
    boolean isReady() {
        return current().filter(served -> served.generation().isServing()).isPresent();
    }

    /** What is served; refused with 503 where nothing is. */
    public Served require() {
        return current().orElseThrow(ApiException::notReady);
    }
}
