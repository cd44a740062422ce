package org.dlora.app.tracing;

import io.micrometer.tracing.Span;
import io.micrometer.tracing.handler.TracingObservationHandler.TracingContext;
import java.util.Optional;
import org.dlora.api.openai.call.CallTrace;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.observation.ServerRequestObservationContext;
import org.springframework.web.server.ServerWebExchange;

/** Spans of calls that Spring's observation of HTTP makes; they continue the client's. */
final class ObservedCalls implements CallTrace {
    @Override
    public @Nullable String parent(ServerWebExchange exchange) {
        return ServerRequestObservationContext.findCurrent(exchange.getAttributes())
                .flatMap(observed ->
                        Optional.ofNullable(observed.<TracingContext>get(TracingContext.class)))
                .map(TracingContext::getSpan)
                .map(Span::context)
                .filter(context -> Boolean.TRUE.equals(context.sampled()))
                .map(context -> new TraceParent(context.traceId(), context.spanId(), true).text())
                .orElse(null);
    }
}
