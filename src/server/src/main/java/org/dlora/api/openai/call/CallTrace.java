package org.dlora.api.openai.call;

import org.jspecify.annotations.Nullable;
import org.springframework.web.server.ServerWebExchange;

/** Traces of calls. Where they are off there is none. Thread-safe. */
@FunctionalInterface
public interface CallTrace {
    /** No call is traced. */
    CallTrace NONE = _ -> null;

    /** Returns the trace context (W3C) of a call's span; null if the call is not traced. */
    @Nullable String parent(ServerWebExchange exchange);
}
