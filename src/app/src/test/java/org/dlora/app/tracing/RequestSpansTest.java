package org.dlora.app.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.dlora.cluster.facts.CallPart;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.cluster.facts.RequestOutcome;
import org.dlora.cluster.facts.RequestTimes;
import org.dlora.cluster.facts.RequestTrace;
import org.dlora.cluster.facts.TestTraces;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.replica.request.StepCounts;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RequestSpansTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.000000123Z");
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String PARENT = "00-" + TRACE + "-b7ad6b7169203331-01";

    private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
    private final SdkTracerProvider provider =
            SdkTracerProvider.builder()
                    .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                    .build();
    private final RequestSpans spans =
            new RequestSpans(
                    new OtelTracer(provider.get("test"), new OtelCurrentTraceContext(), _ -> {}));

    @AfterEach
    void close() {
        provider.close();
    }

    private static Instant at(int millis) {
        return NOW.plusMillis(millis);
    }

    private static RequestFacts facts(
            RequestTimes times,
            @Nullable String adapter,
            @Nullable Instant begun,
            @Nullable String parent,
            RequestOutcome outcome) {
        var trace = TestTraces.of(adapter, null, List.of("0", "1"), null, 8, 9);
        return new RequestFacts(
                "r1",
                "client",
                adapter == null ? "base" : adapter,
                "hash",
                "1",
                times,
                new SequenceUsage(3, 1, 2, 4, new StepCounts(5, 6, 7)),
                8,
                9,
                outcome,
                new RequestTrace(
                        trace.adapter(),
                        3,
                        trace.alias(),
                        trace.endUser(),
                        trace.apiKey(),
                        trace.team(),
                        begun,
                        parent,
                        trace.replicas(),
                        trace.request(),
                        trace.tokenHashes(),
                        null,
                        null,
                        List.of(),
                        CallPart.WHOLE));
    }

    private static RequestOutcome stopped() {
        return new RequestOutcome.Answered(FinishReason.STOP);
    }

    private List<String> shown() {
        return exporter.getFinishedSpanItems().stream()
                .map(span ->
                        "%s %d-%d"
                                .formatted(
                                        span.getName(),
                                        millis(span.getStartEpochNanos()),
                                        millis(span.getEndEpochNanos())))
                .toList();
    }

    private static long millis(long nanos) {
        long begin = TimeUnit.SECONDS.toNanos(NOW.getEpochSecond()) + NOW.getNano();
        return Duration.ofNanos(nanos - begin).toMillis();
    }

    @Test
    void aRequestHasASpanForEachOfItsTimes() {
        var times = new RequestTimes(at(0), at(5), at(40), at(90), at(200));
        spans.ended(facts(times, "sql", at(60), PARENT, stopped()));

        assertThat(shown())
                .containsExactly(
                        "dlora.adapter_load 5-40",
                        "dlora.queue 40-60",
                        "dlora.prefill 60-90",
                        "dlora.decode 90-200",
                        "dlora.request 0-200");
        var all = exporter.getFinishedSpanItems();
        var request = all.getLast();
        assertThat(request.getTraceId()).isEqualTo(TRACE);
        assertThat(request.getParentSpanId()).isEqualTo("b7ad6b7169203331");
        assertThat(all.subList(0, 4))
                .allSatisfy(child -> {
                    assertThat(child.getTraceId()).isEqualTo(TRACE);
                    assertThat(child.getParentSpanId()).isEqualTo(request.getSpanId());
                });
        assertThat(text(request, "dlora.request.id")).isEqualTo("r1");
        assertThat(text(request, "gen_ai.request.model")).isEqualTo("sql");
        assertThat(text(request, "dlora.adapter.version")).isEqualTo("3");
        assertThat(text(request, "dlora.replicas")).isEqualTo("0,1");
        assertThat(text(request, "dlora.outcome")).isEqualTo("stop");
        assertThat(request.getAttributes().get(AttributeKey.longKey("gen_ai.usage.output_tokens")))
                .isEqualTo(2);
        assertThat(request.getAttributes().get(AttributeKey.longKey("dlora.steps.merged")))
                .isEqualTo(6);
    }

    private static @Nullable String text(SpanData span, String name) {
        return span.getAttributes().get(AttributeKey.stringKey(name));
    }

    @Test
    void anAdapterThatIsResidentIsNotLoaded() {
        var times = new RequestTimes(at(0), at(5), at(5).plusNanos(1000), at(90), at(200));
        spans.ended(facts(times, "sql", at(60), PARENT, stopped()));
        assertThat(shown())
                .containsExactly(
                        "dlora.queue 5-60",
                        "dlora.prefill 60-90",
                        "dlora.decode 90-200",
                        "dlora.request 0-200");
    }

    @Test
    void missingPhasesHaveNoSpan() {
        var failed = new RequestOutcome.Broke(FailureCode.SHUTTING_DOWN);
        spans.ended(
                facts(
                        new RequestTimes(at(0), at(5), null, null, at(9)),
                        "sql",
                        null,
                        PARENT,
                        failed));
        spans.ended(
                facts(
                        new RequestTimes(at(0), at(5), at(5), null, at(9)),
                        null,
                        null,
                        PARENT,
                        failed));
        spans.ended(
                facts(
                        new RequestTimes(at(0), null, null, null, at(9)),
                        null,
                        null,
                        PARENT,
                        failed));
        assertThat(shown())
                .containsExactly(
                        "dlora.adapter_load 5-9",
                        "dlora.request 0-9",
                        "dlora.queue 5-9",
                        "dlora.request 0-9",
                        "dlora.request 0-9");
    }

    @Test
    void callsThatAreNotTracedOrSampledHaveNoSpans() {
        var times = new RequestTimes(at(0), at(5), at(5), at(90), at(200));
        for (var parent : new String[] {null, PARENT.replace("-01", "-00"), "nonsense"}) {
            spans.ended(facts(times, null, at(60), parent, stopped()));
        }
        assertThat(exporter.getFinishedSpanItems()).isEmpty();
    }
}
