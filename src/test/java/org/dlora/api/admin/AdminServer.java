package org.dlora.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.dlora.api.guard.ChangeGuard;
import org.dlora.api.openai.HttpSettings;
import org.dlora.api.openai.OpenAiApi;
import org.dlora.api.openai.Served;
import org.dlora.api.openai.Serving;
import org.dlora.cluster.Catalogue;
import org.dlora.cluster.ClusterLoad;
import org.dlora.cluster.GenerationService;
import org.dlora.cluster.MigrationService;
import org.dlora.cluster.ReplicaService;
import org.dlora.cluster.ServedModels;
import org.dlora.cluster.Submission;
import org.dlora.model.BaseModel;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A real HTTP server with the administration's endpoints behind the guard. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        classes = AdminServer.Server.class,
        properties = "spring.config.location=optional:none")
abstract class AdminServer {
    static final JsonMapper JSON = new JsonMapper();

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({OpenAiApi.class, AdminApi.class})
    static class Server {
        @Bean
        HttpSettings settings() {
            return new HttpSettings(Duration.ofSeconds(15), "1.2.3", Clock.systemUTC());
        }

        @Bean
        ChangeGuard guard() {
            return ChangeGuard.onLoopback("127.0.0.1");
        }

        @Bean(destroyMethod = "close")
        BaseModel base() {
            return BaseModel.open(Path.of("src/main/resources/demo/model"));
        }
    }

    @Autowired Serving serving;
    @Autowired BaseModel base;
    @LocalServerPort int port;

    void serve(@Nullable ReplicaService replicas, @Nullable MigrationService migrations) {
        var models = new ServedModels(base, 64, new Catalogue("demo", List.of()), Instant.EPOCH);
        serving.begin(
                new Served(
                        models,
                        "fp_0123456789abcdef",
                        base.generation(),
                        16,
                        true,
                        new IdleService(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.ofNullable(replicas),
                        Optional.ofNullable(migrations)));
    }

    private WebTestClient client() {
        return WebTestClient.bindToServer()
                .baseUrl("http://127.0.0.1:" + port)
                .responseTimeout(Duration.ofSeconds(20))
                .build();
    }

    JsonNode get(String path, HttpStatus status) {
        return json(client().get().uri(path).exchange(), status);
    }

    JsonNode post(String path, String body, HttpStatus status) {
        return json(
                client().post()
                        .uri(path)
                        .contentType(MediaType.APPLICATION_JSON)
                        .bodyValue(body)
                        .exchange(),
                status);
    }

    /** Sends what a page of a stranger can make a browser send, which the guard refuses. */
    void assertGuarded(String path) {
        json(
                client().post().uri(path).contentType(MediaType.TEXT_PLAIN).exchange(),
                HttpStatus.UNSUPPORTED_MEDIA_TYPE);
        json(
                client().post()
                        .uri(path)
                        .contentType(MediaType.APPLICATION_JSON)
                        .header(HttpHeaders.ORIGIN, "http://stranger.example")
                        .bodyValue("{}")
                        .exchange(),
                HttpStatus.FORBIDDEN);
    }

    private static JsonNode json(WebTestClient.ResponseSpec answer, HttpStatus status) {
        var body =
                answer.expectStatus()
                        .isEqualTo(status)
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        return JSON.readTree(String.valueOf(body));
    }

    static String message(JsonNode error) {
        assertThat(error.get("error")).isNotNull();
        return error.get("error").get("message").asString();
    }

    private static final class IdleService implements GenerationService {
        @Override
        public void submit(List<Submission> call) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void cancel(String requestId) {}

        @Override
        public ClusterLoad load() {
            return new ClusterLoad(0, 0, 1, 1, List.of(), List.of());
        }

        @Override
        public boolean isServing() {
            return true;
        }
    }
}
