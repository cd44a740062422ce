package org.dlora.api.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.dlora.api.openai.OpenAiApi;
import org.dlora.api.openai.RawClient;
import org.dlora.api.web.HttpSettings;
import org.dlora.security.OpenAccess;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/** Tests of the calls that pages of other origins may make. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        classes = CrossOriginTest.Server.class,
        properties = "spring.config.location=optional:none")
class CrossOriginTest {
    private static final String PAGE = "https://chat.example.com";

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({OpenAiApi.class, OpenAccess.class, CrossOriginApi.class})
    static class Server {
        @Bean
        HttpSettings settings() {
            return new HttpSettings(Duration.ofSeconds(15), "1.2.3", Clock.systemUTC());
        }

        @Bean
        CrossOrigins origins() {
            return new CrossOrigins(List.of(PAGE));
        }
    }

    @LocalServerPort int port;

    private String call(String method, String path, String lines) throws IOException {
        try (var client = new RawClient(port)) {
            return client.send(
                            "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n"
                                    .formatted(method, path, lines))
                    .answers()
                    .toLowerCase(Locale.ROOT);
        }
    }

    private String preflight(String path, String origin) throws IOException {
        return call(
                "OPTIONS",
                path,
                "Origin: %s\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization, content-type\r\n"
                        .formatted(origin));
    }

    @Test
    void aListedPageMayCallTheEndpointsOfInference() throws IOException {
        for (var path :
                List.of("/v1/chat/completions", "/v1/completions", "/v1/models", "/tokenize")) {
            assertThat(preflight(path, PAGE))
                    .as(path)
                    .startsWith("http/1.1 200")
                    .contains("access-control-allow-origin: " + PAGE)
                    .contains("access-control-allow-headers: authorization, content-type")
                    .doesNotContain("access-control-allow-credentials");
        }
        assertThat(call("GET", "/version", "Origin: " + PAGE + "\r\n"))
                .startsWith("http/1.1 200")
                .contains("access-control-allow-origin: " + PAGE)
                .contains("access-control-expose-headers: x-request-id");
    }

    @Test
    void noPageMayCallWhatChangesTheServer() throws IOException {
        for (var path : List.of("/v1/load_lora_adapter", "/admin/adapters", "/console/login")) {
            assertThat(preflight(path, PAGE))
                    .as(path)
                    .doesNotContain("access-control-allow-origin");
        }
    }

    /** A program that sends an origin of its own is no page, and gets its answer. */
    @Test
    void otherOriginsAreGrantedNothing() throws IOException {
        assertThat(preflight("/v1/chat/completions", "https://evil.example.com"))
                .doesNotContain("access-control-allow-origin");
        assertThat(call("GET", "/version", "Origin: https://evil.example.com\r\n"))
                .startsWith("http/1.1 200")
                .doesNotContain("access-control-allow-origin");
    }

    @Test
    void aStarIsEveryOrigin() {
        assertThat(new CrossOrigins(List.of("*")).allows("https://any.example.com")).isTrue();
        assertThat(
                        new CrossOrigins(List.of("HTTPS://A.example.com"))
                                .allows("https://a.example.com"))
                .isTrue();
        assertThat(new CrossOrigins(List.of()).allows(PAGE)).isFalse();
    }
}
