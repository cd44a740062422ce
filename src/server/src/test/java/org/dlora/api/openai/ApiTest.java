package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import org.dlora.api.LocalClient;
import org.dlora.api.openai.call.CallSettings;
import org.dlora.api.openai.call.Serving;
import org.dlora.api.web.HttpSettings;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.model.BaseModel;
import org.dlora.model.GenerationDefaults;
import org.dlora.operate.Administration;
import org.dlora.security.OpenAccess;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A real HTTP server with the endpoints and the demo model's tokenizer; the test plays the engine.
 */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        classes = ApiTest.Server.class,
        properties = {
            "spring.http.codecs.max-in-memory-size=100KB",
            "spring.config.location=optional:none"
        })
public abstract class ApiTest {
    static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    static final Path DEMO = TestFiles.demo();
    private static final JsonMapper JSON = new JsonMapper();

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({OpenAiApi.class, OpenAccess.class})
    static class Server {
        @Bean
        HttpSettings settings() {
            return new HttpSettings(
                    Duration.ofSeconds(15), "1.2.3", Clock.fixed(NOW, ZoneOffset.UTC));
        }

        @Bean
        FakeGenerationService engine() {
            return new FakeGenerationService();
        }

        @Bean(destroyMethod = "close")
        BaseModel base() {
            return BaseModel.open(DEMO.resolve("model"));
        }
    }

    @Autowired public FakeGenerationService engine;
    @Autowired Serving serving;
    @Autowired Administration administration;
    @Autowired BaseModel base;
    @LocalServerPort int port;
    FakeAdapterService changes = new FakeAdapterService();

    @BeforeEach
    void serveTheDemoModel() {
        engine.reset();
        serve(base, base.generation());
    }

    void serve(BaseModel model, GenerationDefaults defaults) {
        serve(model, defaults, CallSettings.DEFAULT);
    }

    void serve(BaseModel model, GenerationDefaults defaults, CallSettings calls) {
        new ServedBuilder(new ServedModels(model, 1024, changes.catalogue(), NOW), engine)
                .defaults(defaults)
                .calls(calls)
                .adapters(changes)
                .begin(serving, administration);
    }

    WebTestClient client() {
        return LocalClient.of(port);
    }

    WebTestClient.ResponseSpec post(String path, String body) {
        return client().post()
                .uri(path)
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue(body.getBytes(StandardCharsets.UTF_8))
                .exchange();
    }

    /** The answer of a call that must succeed. */
    JsonNode ask(String path, String body) {
        var answer =
                post(path, body)
                        .expectStatus()
                        .isOk()
                        .expectHeader()
                        .contentType(MediaType.APPLICATION_JSON)
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        return JSON.readTree(String.valueOf(answer));
    }

    /** The chunks of a stream that must end in [DONE]. */
    List<JsonNode> stream(String path, String body) {
        var text =
                post(path, body)
                        .expectStatus()
                        .isOk()
                        .expectHeader()
                        .contentType(MediaType.TEXT_EVENT_STREAM)
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        var events = Arrays.asList(String.valueOf(text).split("\n\n"));
        assertThat(events.getLast()).isEqualTo("data: [DONE]");
        return events.subList(0, events.size() - 1).stream()
                .map(event -> JSON.readTree(event.substring("data: ".length())))
                .toList();
    }

    static JsonNode json(String text) {
        return JSON.readTree(text);
    }

    static JsonNode without(JsonNode object, String member) {
        return ((ObjectNode) object.deepCopy()).without(member);
    }
}
