package org.dlora.api.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Clock;
import java.util.List;
import java.util.Properties;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.api.openai.call.Serving;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.HttpSettings;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusOutputFormat;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusScrapeEndpoint;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/**
 * Endpoint {@code /metrics}, where routers look for vLLM's series. It has nothing else, because
 * some routers ask 20 times a second. Micrometer cannot write a colon into a name, so the series
 * have a registry of their own, which Spring Boot's endpoint writes.
 */
@RestController
final class VllmMetricsController {
    private static final String OPEN_METRICS = "application/openmetrics-text";

    private final RouterSettings settings;
    private final Clock clock;
    private final MeterRegistry meters;
    private final PrometheusScrapeEndpoint writer;

    VllmMetricsController(
            Serving serving, RouterSettings settings, HttpSettings http, MeterRegistry meters) {
        this.settings = settings;
        clock = http.clock();
        this.meters = meters;
        var registry = new PrometheusRegistry();
        registry.register((MultiCollector) () -> series(serving.require()).snapshots());
        writer = new PrometheusScrapeEndpoint(registry, new Properties());
    }

    /** Answers in OpenMetrics to those who accept it, otherwise in Prometheus's text format. */
    @GetMapping("/metrics")
    ResponseEntity<byte[]> metrics(
            @RequestHeader(name = HttpHeaders.ACCEPT, required = false)
                    @Nullable List<String> accepted) {
        if (!settings.vllm()) {
            throw ApiException.of(
                    HttpStatus.NOT_FOUND,
                    "The metrics for routers are off (the setting dlora.metrics.vllm). All others are at /actuator/prometheus.");
        }
        var format =
                String.join(",", accepted == null ? List.of() : accepted).contains(OPEN_METRICS)
                        ? PrometheusOutputFormat.CONTENT_TYPE_OPENMETRICS_100
                        : PrometheusOutputFormat.CONTENT_TYPE_004;
        var text = writer.scrape(format, null);
        return ResponseEntity.ok()
                .contentType(MediaType.asMediaType(format.getProducedMimeType()))
                .body(text.getBody());
    }

    private VllmSeries series(ServedModel served) {
        return new VllmSeries(
                served.models().servedName(),
                served.generation().load(),
                served.generation().residentAdapters(),
                settings.maxAdapters(),
                total("dlora.prefix.cache.queried.tokens"),
                total("dlora.prefix.cache.hit.tokens"),
                clock.instant());
    }

    /** Returns the sum of a counter over all replicas. */
    private double total(String name) {
        return meters.find(name).counters().stream().mapToDouble(Counter::count).sum();
    }
}
