package org.dlora.api.openai.call;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.dlora.api.web.ApiException;
import org.jspecify.annotations.Nullable;

/** Holder of the served model. It is empty while the model is loaded and warmed up. Thread-safe. */
public final class Serving {
    private final AtomicReference<@Nullable ServedModel> current = new AtomicReference<>();

    /** Serves requests with {@code served} from now on; {@code /health} answers ready. */
    public void begin(ServedModel served) {
        current.set(served);
    }

    /** Refuses requests with 503 from now on. */
    public void end() {
        current.set(null);
    }

    public Optional<ServedModel> current() {
        return Optional.ofNullable(current.get());
    }

    /** Returns whether there is a model whose replicas take requests. */
    public boolean isReady() {
        return current().filter(served -> served.generation().isServing()).isPresent();
    }

    /**
     * Returns the served model.
     *
     * @throws ApiException with status 503 if there is none
     */
    public ServedModel require() {
        return current().orElseThrow(ApiException::notReady);
    }
}
