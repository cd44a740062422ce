package org.dlora.api.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;
import org.dlora.api.LocalClient;
import org.dlora.api.openai.OpenAiApi;
import org.dlora.api.openai.ServedBuilder;
import org.dlora.api.openai.call.Serving;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.HttpSettings;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.cluster.ClusterLoad;
import org.dlora.cluster.IdleService;
import org.dlora.cluster.ResidentAdapter;
import org.dlora.cluster.TinyAdapter;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.model.BaseModel;
import org.dlora.testing.TestFiles;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpHeaders;
import org.springframework.test.web.reactive.server.WebTestClient;

/** Routers find vLLM's series, in both text formats. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        classes = VllmMetricsTest.Server.class,
        properties = "spring.config.location=optional:none")
class VllmMetricsTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.5Z");
    private static final String TEXT = "text/plain;version=0.0.4;charset=utf-8";
    private static final String OPEN = "application/openmetrics-text;version=1.0.0;charset=utf-8";

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({OpenAiApi.class, MetricsApi.class})
    static class Server {
        @Bean
        HttpSettings settings() {
            return new HttpSettings(
                    Duration.ofSeconds(15), "1.2.3", Clock.fixed(NOW, ZoneOffset.UTC));
        }

        @Bean
        RouterSettings routers() {
            return new RouterSettings(true, 128);
        }

        @Bean(destroyMethod = "close")
        BaseModel base() {
            return BaseModel.open(TestFiles.demo("model"));
        }
    }

    /** A cluster of which only the load is asked. */
    private static final class FixedLoad extends IdleService {
        FixedLoad(ClusterLoad load) {
            super(load);
        }

        @Override
        public List<ResidentAdapter> residentAdapters() {
            return List.of(new ResidentAdapter("sql", true), new ResidentAdapter("chat", false));
        }
    }

    @Autowired Serving serving;
    @Autowired BaseModel base;
    @Autowired MeterRegistry meters;
    @LocalServerPort int port;

    @BeforeEach
    void serve() {
        meters.clear();
        serve(new ClusterLoad(3, 5, 25, 100, List.of("sql", "a,b"), List.of("chat", "sql")));
    }

    private void serve(ClusterLoad load) {
        var adapters = Stream.of("sql", "chat", "a,b").map(VllmMetricsTest::adapter).toList();
        var models = new ServedModels(base, 64, new Catalogue("demo", adapters), NOW);
        serving.begin(new ServedBuilder(models, new FixedLoad(load)).build());
    }

    private static ServedAdapter adapter(String name) {
        return TinyAdapter.served(name + "#1", name);
    }

    @Test
    void hasTheSeriesThatRoutersReadFromVllm() {
        meters.counter("dlora.prefix.cache.queried.tokens", "replica", "0").increment(100);
        meters.counter("dlora.prefix.cache.queried.tokens", "replica", "1").increment(20);
        meters.counter("dlora.prefix.cache.hit.tokens", "replica", "1").increment(16);
        assertThat(samples(get(null, TEXT)))
                .containsExactlyInAnyOrder(
                        "vllm:num_requests_running{model_name=\"demo\"} 3.0",
                        "vllm:num_requests_waiting{model_name=\"demo\"} 5.0",
                        "vllm:kv_cache_usage_perc{model_name=\"demo\"} 0.75",
                        "vllm:gpu_cache_usage_perc{model_name=\"demo\"} 0.75",
                        "vllm:cache_config_info{block_size=\"16\",num_gpu_blocks=\"100\"} 1.0",
                        "vllm:lora_requests_info{max_lora=\"128\",running_lora_adapters=\"sql\",waiting_lora_adapters=\"chat,sql\"} 1.7673230455E9",
                        "vllm:num_gpu_loaded_lora_adapters{model_name=\"demo\"} 2.0",
                        "vllm:lora_adapter_loaded{adapter_name=\"sql\",level=\"gpu\",model_name=\"demo\",pinned=\"true\"} 1.0",
                        "vllm:lora_adapter_loaded{adapter_name=\"chat\",level=\"gpu\",model_name=\"demo\",pinned=\"false\"} 1.0",
                        "vllm:prefix_cache_queries_total{model_name=\"demo\"} 120.0",
                        "vllm:prefix_cache_hits_total{model_name=\"demo\"} 16.0",
                        "vllm:gpu_prefix_cache_queries_total{model_name=\"demo\"} 120.0",
                        "vllm:gpu_prefix_cache_hits_total{model_name=\"demo\"} 16.0");
    }

    @Test
    void saysWhatTypeEachSeriesHas() {
        assertThat(get(null, TEXT).lines())
                .contains(
                        "# TYPE vllm:num_requests_running gauge",
                        "# TYPE vllm:lora_requests_info gauge",
                        "# TYPE vllm:cache_config_info gauge",
                        "# TYPE vllm:prefix_cache_hits_total counter");
    }

    @Test
    void aServerAtRestHasTheSeriesToo() {
        serve(new ClusterLoad(0, 0, 100, 100, List.of(), List.of()));
        assertThat(samples(get(null, TEXT)))
                .contains(
                        "vllm:num_requests_running{model_name=\"demo\"} 0.0",
                        "vllm:kv_cache_usage_perc{model_name=\"demo\"} 0.0",
                        "vllm:lora_requests_info{max_lora=\"128\",running_lora_adapters=\"\",waiting_lora_adapters=\"\"} 1.7673230455E9");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*/*", "text/plain", "text/html, */*;q=0.1", "application/json"})
    void otherClientsGetPrometheusText(String accepted) {
        assertThat(get(accepted, TEXT)).startsWith("# HELP vllm:").doesNotContain("# EOF");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/openmetrics-text",
                "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.3"
            })
    void clientsThatAcceptOpenMetricsGetIt(String accepted) {
        assertThat(get(accepted, OPEN))
                .contains("\n# TYPE vllm:prefix_cache_hits counter\n")
                .contains("\nvllm:num_requests_running{model_name=\"demo\"} 3.0\n")
                .endsWith("# EOF\n");
    }

    @Test
    void aServerThatLoadsIsNotReady() {
        serving.end();
        client().get()
                .uri("/metrics")
                .exchange()
                .expectStatus()
                .isEqualTo(503)
                .expectBody()
                .jsonPath("$.error.code")
                .isEqualTo("not_ready");
    }

    @Test
    void theSettingTurnsTheSeriesOff() {
        var http = new HttpSettings(Duration.ofSeconds(15), "1.2.3", Clock.systemUTC());
        var off = new VllmMetricsController(serving, new RouterSettings(false, 128), http, meters);
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> off.metrics(null))
                .withMessageContaining("dlora.metrics.vllm")
                .withMessageContaining("/actuator/prometheus");
    }

    private static List<String> samples(String text) {
        return text.lines().filter(line -> !line.startsWith("#") && !line.isEmpty()).toList();
    }

    private String get(@Nullable String accepted, String type) {
        return String.valueOf(
                client().get()
                        .uri("/metrics")
                        .headers(headers -> {
                            if (accepted != null) {
                                headers.set(HttpHeaders.ACCEPT, accepted);
                            }
                        })
                        .exchange()
                        .expectStatus()
                        .isOk()
                        .expectHeader()
                        .valueEquals(HttpHeaders.CONTENT_TYPE, type)
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody());
    }

    private WebTestClient client() {
        return LocalClient.of(port);
    }
}
