package org.dlora.api.openai;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpRequest;

/** Holder of the served model. It is empty while the model is loaded and warmed up. Thread-safe. */
public final class Serving {
    private final AtomicReference<@Nullable Served> current = new AtomicReference<>();

    /** Serves requests with {@code served} from now on; {@code /health} answers ready. */
    public void begin(Served served) {
        current.set(served);
    }

    /** Refuses requests with 503 from now on. */
    public void end() {
        current.set(null);
    }

    Optional<Served> current() {
        return Optional.ofNullable(current.get());
    }

    /** Returns the state of each replica in words, by its id; empty if there is no model. */
    Map<String, String> states() {
        return current().map(Serving::states).orElse(Map.of());
    }

    private static Map<String, String> states(Served served) {
        var states = new LinkedHashMap<String, String>();
        served.replicas()
                .ifPresentOrElse(
                        known ->
                                known.conditions()
                                        .forEach((id, at) -> states.put(id, at.state().label())),
                        () ->
                                served.generation()
                                        .conditions()
                                        .forEach(one ->
                                                states.put(one.replica(), one.state().label())));
        return states;
    }

    /** Returns whether there is a model whose replicas take requests. */
    boolean isReady() {
        return current().filter(served -> served.generation().isServing()).isPresent();
    }

    /**
     * Returns the served model.
     *
     * @throws ApiException with status 503 if there is none
     */
    public Served require() {
        return current().orElseThrow(ApiException::notReady);
    }

    /**
     * Returns the served model as a call with {@code access} sees it.
     *
     * @throws ApiException with status 503 if there is none
     */
    public Served require(Access access) {
        return require().as(access);
    }

    /** Returns the served model as a call sees it, as {@link #require(Access)} does. */
    public Served require(HttpRequest call) {
        return require(Access.of(call.getAttributes().get(Access.NAME)));
    }
}
