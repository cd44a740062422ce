package org.dlora.app.tracing;

import io.micrometer.tracing.Span;
import io.micrometer.tracing.TraceContext;
import io.micrometer.tracing.Tracer;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.cluster.facts.RequestObserver;
import org.jspecify.annotations.Nullable;

/**
 * Observer that makes the spans of ended requests, from their facts: {@code dlora.request}, and
 * below it {@code dlora.adapter_load}, {@code dlora.queue}, {@code dlora.prefill} and {@code
 * dlora.decode}. They belong to the span of the call. Nothing is measured for them while requests
 * run.
 */
final class RequestSpans implements RequestObserver {
    /** Longest time between two notes of a request whose adapter is resident. */
    private static final Duration RESIDENT = Duration.ofMillis(1);

    private final Tracer tracer;

    RequestSpans(Tracer tracer) {
        this.tracer = tracer;
    }

    @Override
    public void ended(RequestFacts facts) {
        var parent = TraceParent.parse(facts.trace().traceParent());
        if (parent != null && parent.isSampled()) {
            write(facts, parent);
        }
    }

    private void write(RequestFacts facts, TraceParent parent) {
        var above =
                tracer.traceContextBuilder()
                        .traceId(parent.traceId())
                        .spanId(parent.spanId())
                        .sampled(true)
                        .build();
        var times = facts.times();
        var request = begun("dlora.request", above, times.arrived());
        tag(request, facts);
        children(request.context(), facts);
        end(request, times.done());
    }

    private void children(TraceContext request, RequestFacts facts) {
        var times = facts.times();
        var queued = times.queued();
        var ready = times.adapterReady();
        var done = times.done();
        if (queued == null) {
            return;
        }
        boolean isBase = facts.trace().adapter() == null;
        var loaded = ready == null ? done : ready;
        if (!isBase && Duration.between(queued, loaded).compareTo(RESIDENT) > 0) {
            child("dlora.adapter_load", request, queued, loaded);
        }
        if (ready == null) {
            return;
        }
        var begun = facts.trace().begun();
        if (begun == null && times.firstToken() == null) {
            child("dlora.queue", request, ready, done);
            return;
        }
        // Where the begin is not known the wait is a part of the prefill.
        var began = begun == null || begun.isBefore(ready) ? ready : begun;
        if (begun != null) {
            child("dlora.queue", request, ready, began);
        }
        var first = times.firstToken();
        child("dlora.prefill", request, began, first == null ? done : first);
        if (first != null) {
            child("dlora.decode", request, first, done);
        }
    }

    private static void tag(Span span, RequestFacts facts) {
        var trace = facts.trace();
        var usage = facts.usage();
        tag(span, "dlora.request.id", facts.id());
        tag(span, "gen_ai.request.model", facts.model());
        tag(span, "dlora.adapter", trace.adapter());
        tag(span, "dlora.adapter.version", trace.number());
        tag(span, "dlora.adapter.hash", facts.version());
        tag(span, "dlora.replicas", String.join(",", trace.replicas()));
        tag(span, "dlora.outcome", facts.outcome().word());
        span.tag("gen_ai.usage.input_tokens", usage.promptTokens());
        span.tag("gen_ai.usage.output_tokens", usage.outputTokens());
        span.tag("dlora.cached_tokens", usage.cachedTokens());
        span.tag("dlora.preemptions", usage.preemptions());
        span.tag("dlora.migrations", facts.migrations());
        span.tag("dlora.rescues", facts.rescues());
        span.tag("dlora.steps.unmerged", usage.steps().unmerged());
        span.tag("dlora.steps.merged", usage.steps().merged());
        span.tag("dlora.steps.mixed", usage.steps().mixed());
    }

    private static void tag(Span span, String name, @Nullable Object value) {
        if (value != null) {
            span.tag(name, String.valueOf(value));
        }
    }

    private void child(String name, TraceContext parent, Instant from, Instant to) {
        end(begun(name, parent, from), to);
    }

    private Span begun(String name, TraceContext parent, Instant from) {
        return tracer.spanBuilder()
                .setParent(parent)
                .name(name)
                .startTimestamp(nanos(from), TimeUnit.NANOSECONDS)
                .start();
    }

    private static void end(Span span, Instant at) {
        span.end(nanos(at), TimeUnit.NANOSECONDS);
    }

    private static long nanos(Instant at) {
        return TimeUnit.SECONDS.toNanos(at.getEpochSecond()) + at.getNano();
    }
}
