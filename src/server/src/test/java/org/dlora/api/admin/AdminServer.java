package org.dlora.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.dlora.api.LocalClient;
import org.dlora.api.guard.ChangeGuard;
import org.dlora.api.guard.OwnHosts;
import org.dlora.api.openai.OpenAiApi;
import org.dlora.api.openai.ServedBuilder;
import org.dlora.api.openai.call.Serving;
import org.dlora.api.web.HttpSettings;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.cluster.IdleService;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.model.BaseModel;
import org.dlora.operate.Administration;
import org.dlora.security.OpenAccess;
import org.dlora.testing.TestFiles;
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
    static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    static final JsonMapper JSON = new JsonMapper();

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({OpenAiApi.class, AdminApi.class, OpenAccess.class})
    static class Server {
        @Bean
        HttpSettings settings() {
            return new HttpSettings(
                    Duration.ofSeconds(15), "1.2.3", Clock.fixed(NOW, ZoneOffset.UTC));
        }

        @Bean
        ChangeGuard guard() {
            return new ChangeGuard(false, OwnHosts.onLoopback("127.0.0.1", List.of()));
        }

        @Bean(destroyMethod = "close")
        BaseModel base() {
            return BaseModel.open(TestFiles.demo("model"));
        }
    }

    @Autowired Serving serving;
    @Autowired Administration administration;
    @Autowired BaseModel base;
    @LocalServerPort int port;

    /** Returns the demo model under the name {@code demo} with these adapters, and no services. */
    ServedBuilder demo(ServedAdapter... adapters) {
        var catalogue = new Catalogue("demo", List.of(adapters));
        return new ServedBuilder(
                new ServedModels(base, 64, catalogue, Instant.EPOCH), new IdleService());
    }

    void serve(ServedBuilder served) {
        served.begin(serving, administration);
    }

    WebTestClient client() {
        return LocalClient.of(port);
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

    static JsonNode json(WebTestClient.ResponseSpec answer, HttpStatus status) {
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
}
