package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.dlora.api.openai.RawClient;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/** Tests of the whole program's endpoints for routers, operators and administrators. */
class RimIT extends ServerIT {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String HI =
            """
            {"model": "rot13", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 20}
            """;

    @Test
    void routersFindVllmsSeries() throws Exception {
        var answer = get("/metrics");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type"))
                .hasValue("text/plain;version=0.0.4;charset=utf-8");
        assertThat(answer.body())
                .contains("\nvllm:num_requests_running{model_name=\"dlora-demo\"} ")
                .contains("\nvllm:kv_cache_usage_perc{model_name=\"dlora-demo\"} ")
                .contains("\nvllm:lora_requests_info{max_lora=\"128\",running_lora_adapters=\"")
                .contains("\nvllm:num_gpu_loaded_lora_adapters{model_name=\"dlora-demo\"} 8.0\n")
                .contains(
                        "\nvllm:lora_adapter_loaded{adapter_name=\"rot13\",level=\"gpu\",model_name=\"dlora-demo\",pinned=\"false\"} 1.0\n")
                .containsPattern(
                        "\nvllm:cache_config_info\\{block_size=\"16\",num_gpu_blocks=\"[1-9]\\d*\"} 1.0\n")
                .containsPattern("\nvllm:prefix_cache_queries_total\\{model_name=\"dlora-demo\"} ");
        assertThat(get("/actuator/prometheus").body())
                .contains("dlora_requests_running")
                .doesNotContain("vllm:");
    }

    @Test
    void theLogHasTheFactsOfARequest() throws Exception {
        try (var log = new RequestLines()) {
            var answer = send("/v1/chat/completions", HI, "order-17");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.headers().firstValue("X-Request-Id")).hasValue("order-17");
            var body = JSON.readTree(answer.body());
            var usage = body.get("usage");
            var id = body.get("id").asString() + "-0";
            await().until(() -> log.lines.stream().anyMatch(line -> line.contains(id)));
            assertThat(log.lines)
                    .filteredOn(line -> line.contains(id))
                    .singleElement()
                    .asString()
                    .startsWith(
                            "Request id=%s client=order-17 model=rot13 version=%s replica=0 outcome=stop prompt=%s "
                                    .formatted(id, version("rot13"), usage.get("prompt_tokens")))
                    .contains(" output=" + usage.get("completion_tokens") + " ");
        }
    }

    private String version(String adapter) throws IOException, InterruptedException {
        return JSON.readTree(get("/admin/adapters").body())
                .get("adapters")
                .valueStream()
                .filter(one -> one.get("name").asString().equals(adapter))
                .map(one -> one.get("version").asString().substring(0, 12))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void onlyTheServersOwnPagesAndToolsChangeIt() throws IOException {
        var change = "{\"slo\": {\"tpot\": 0}}";
        assertThat(put("localhost:" + port, "", change)).startsWith("HTTP/1.1 200");
        assertThat(put("127.0.0.1:" + port, "", change)).startsWith("HTTP/1.1 200");
        assertThat(put("evil.example:" + port, "", change)).startsWith("HTTP/1.1 403");
        assertThat(put("localhost:" + port, "Origin: http://evil.example\r\n", change))
                .startsWith("HTTP/1.1 403");
    }

    private String put(String host, String lines, String body) throws IOException {
        try (var client = new RawClient(port)) {
            return client.send(
                            "PUT /admin/scheduling HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                                    .formatted(host, lines, body.length(), body))
                    .answers();
        }
    }

    private HttpResponse<String> send(String path, String body, String id)
            throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(url() + path))
                        .header("Content-Type", "application/json")
                        .header("X-Request-Id", id)
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    /** The lines of the logger of requests, while it is open. */
    private static final class RequestLines extends AppenderBase<ILoggingEvent>
            implements AutoCloseable {
        final List<String> lines = new CopyOnWriteArrayList<>();
        private final Logger logger = (Logger) LoggerFactory.getLogger("org.dlora.requests");

        RequestLines() {
            logger.setLevel(Level.DEBUG);
            logger.addAppender(this);
            start();
        }

        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getFormattedMessage());
        }

        @Override
        public void close() {
            logger.detachAppender(this);
            logger.setLevel(null);
            stop();
        }
    }
}
