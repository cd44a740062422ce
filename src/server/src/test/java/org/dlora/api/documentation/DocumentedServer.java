package org.dlora.api.documentation;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Optional;
import org.dlora.api.admin.AdminApi;
import org.dlora.api.keys.KeysApi;
import org.dlora.api.metrics.MetricsApi;
import org.dlora.api.metrics.RouterSettings;
import org.dlora.api.openai.OpenAiApi;
import org.dlora.api.openai.responses.ResponseSettings;
import org.dlora.api.openai.responses.ResponsesApi;
import org.dlora.api.users.UsersApi;
import org.dlora.api.web.HttpSettings;
import org.dlora.security.FakeKeyStore;
import org.dlora.security.KeyRing;
import org.dlora.security.KeyService;
import org.dlora.security.OpenAccess;
import org.dlora.security.RingSettings;
import org.dlora.security.SecretSource;
import org.dlora.security.limits.LimitObserver;
import org.dlora.security.limits.Limited;
import org.dlora.security.limits.Limiter;
import org.dlora.security.users.FakeUserStore;
import org.dlora.security.users.Passwords;
import org.dlora.security.users.UserService;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;

/** A real HTTP server with all endpoints and no model. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        classes = DocumentedServer.Server.class,
        properties = "spring.config.location=optional:none")
abstract class DocumentedServer {

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({
        OpenAiApi.class,
        ResponsesApi.class,
        AdminApi.class,
        KeysApi.class,
        UsersApi.class,
        MetricsApi.class,
        DocumentationApi.class,
        OpenAccess.class
    })
    static class Server {
        @Bean
        HttpSettings settings() {
            return new HttpSettings(
                    Duration.ofSeconds(15), "1.2.3", Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));
        }

        @Bean
        ResponseSettings responses() {
            return new ResponseSettings(10, 1 << 20);
        }

        @Bean
        KeyService keys() {
            var ring =
                    new KeyRing(
                            new RingSettings(Optional.empty(), false, false),
                            InstantSource.system());
            return new KeyService(
                    ring, new FakeKeyStore(), SecretSource.inMemory(), InstantSource.system());
        }

        @Bean
        Limiter limiter() {
            return new Limiter(
                    InstantSource.system(), System::nanoTime, LimitObserver.NONE, Limited::limits);
        }

        @Bean
        UserService users() {
            return new UserService(new FakeUserStore(), new Passwords(), InstantSource.system());
        }

        @Bean
        RouterSettings routers() {
            return new RouterSettings(true, 8);
        }
    }

    @Autowired ApplicationContext context;
    @LocalServerPort int port;
    ApiDocument document;

    @BeforeEach
    void read() {
        document = new ApiDocument(get("/v3/api-docs", MediaType.APPLICATION_JSON));
    }

    String get(String path, MediaType type) {
        return String.valueOf(
                WebTestClient.bindToServer()
                        .baseUrl("http://127.0.0.1:" + port)
                        .codecs(codecs -> codecs.defaultCodecs().maxInMemorySize(8 << 20))
                        .responseTimeout(Duration.ofMinutes(1))
                        .build()
                        .get()
                        .uri(path)
                        .exchange()
                        .expectStatus()
                        .isOk()
                        .expectHeader()
                        .contentTypeCompatibleWith(type)
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody());
    }
}
