package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.dlora.testing.TestFiles;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Spans of requests that the whole program serves. */
class TracingIT {
    private static final Path DEMO = TestFiles.demo();
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String CLIENT_SPAN = "b7ad6b7169203331";

    @Test
    void aRequestIsTracedBelowItsClientsSpan() throws Exception {
        var exporter = InMemorySpanExporter.create();
        try (var server =
                RunningServer.startTraced(
                        exporter,
                        DEMO.resolve("model"),
                        DEMO.resolve("adapters"),
                        "--management.tracing.export.enabled=true",
                        "--management.tracing.sampling.probability=0")) {
            // Not sampled: the client has no trace, and the probability is 0.
            send(server, null);
            send(server, "00-%s-%s-01".formatted(TRACE, CLIENT_SPAN));
            await().atMost(Duration.ofMinutes(1))
                    .until(() ->
                            names(exporter).contains("dlora.request")
                                    && exporter.getFinishedSpanItems().stream()
                                            .anyMatch(span ->
                                                    span.getParentSpanId().equals(CLIENT_SPAN)));
            var spans = exporter.getFinishedSpanItems();
            assertThat(spans).allSatisfy(span -> assertThat(span.getTraceId()).isEqualTo(TRACE));
            assertThat(names(exporter))
                    .contains("dlora.request", "dlora.queue", "dlora.prefill", "dlora.decode");
            var call =
                    spans.stream()
                            .filter(span -> span.getParentSpanId().equals(CLIENT_SPAN))
                            .collect(Collectors.toList())
                            .getFirst();
            var request = named(spans, "dlora.request");
            assertThat(request.getParentSpanId()).isEqualTo(call.getSpanId());
            for (var child : List.of("dlora.queue", "dlora.prefill", "dlora.decode")) {
                assertThat(named(spans, child).getParentSpanId()).isEqualTo(request.getSpanId());
            }
        }
    }

    @Test
    void nothingOfTracingIsLoadedWhereItIsOff() {
        try (var server = RunningServer.start(DEMO.resolve("model"), DEMO.resolve("adapters"))) {
            assertThat(server.beanNames())
                    .noneMatch(name -> name.toLowerCase(Locale.ROOT).contains("tracing"))
                    .noneMatch(name -> name.toLowerCase(Locale.ROOT).contains("telemetry"));
        }
    }

    private static void send(RunningServer server, @Nullable String traceParent) throws Exception {
        var request =
                HttpRequest.newBuilder(URI.create(server.url() + "/v1/completions"))
                        .header("Content-Type", "application/json")
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        "{\"model\": \"rot13\", \"prompt\": \"Hi\", \"max_tokens\": 4}"));
        if (traceParent != null) {
            request.header("traceparent", traceParent);
        }
        try (var http = HttpClient.newHttpClient()) {
            assertThat(http.send(request.build(), BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
        }
    }

    private static List<String> names(InMemorySpanExporter exporter) {
        return exporter.getFinishedSpanItems().stream().map(SpanData::getName).toList();
    }

    private static SpanData named(List<SpanData> spans, String name) {
        return spans.stream().filter(span -> span.getName().equals(name)).findFirst().orElseThrow();
    }
}
