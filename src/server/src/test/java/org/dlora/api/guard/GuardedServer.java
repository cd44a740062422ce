package org.dlora.api.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.dlora.api.openai.OpenAiApi;
import org.dlora.api.openai.RawClient;
import org.dlora.api.web.HttpSettings;
import org.dlora.security.KeyRing;
import org.dlora.security.OpenAccess;
import org.dlora.security.RingSettings;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpMethod;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** A real HTTP server with a guard, and an endpoint that notes each call that comes through. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        classes = GuardedServer.Server.class,
        properties = "spring.config.location=optional:none")
abstract class GuardedServer {
    static final String JSON = "Content-Type: application/json\r\n";
    static final String LOAD = "/v1/load_lora_adapter";

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({OpenAiApi.class, OpenAccess.class, Changes.class})
    static class Server {
        @Bean
        HttpSettings settings() {
            return new HttpSettings(Duration.ofSeconds(15), "1.2.3", Clock.systemUTC());
        }

        @Bean
        OwnHosts hosts(
                @Value("${test.address}") String address,
                @Value("${test.hosts:}") List<String> allowed) {
            return address.equals("open")
                    ? OwnHosts.onOpenNetwork(allowed)
                    : OwnHosts.onLoopback(address, allowed);
        }

        @Bean
        ChangeGuard guard(@Value("${test.address}") String address, OwnHosts hosts) {
            return new ChangeGuard(address.equals("open"), hosts);
        }

        @Bean
        HostGuard hostGuard(@Value("${test.key:#{null}}") @Nullable String key, OwnHosts hosts) {
            var settings = new RingSettings(Optional.ofNullable(key), false, false);
            return new HostGuard(hosts, new KeyRing(settings, Clock.systemUTC()));
        }
    }

    @RestController
    static final class Changes {
        final List<String> made = new CopyOnWriteArrayList<>();

        @RequestMapping({"/admin/thing", "/admin/adapters/{*name}", "/other"})
        String change(HttpMethod method) {
            made.add(method.name());
            return "done";
        }
    }

    @Autowired Changes changes;
    @LocalServerPort int port;

    @BeforeEach
    void forget() {
        changes.made.clear();
    }

    /** Sends a head as it is and returns the status of the answer. */
    int send(String head) throws IOException {
        try (var client = new RawClient(port)) {
            var answer = client.send(head).answers();
            assertThat(answer).startsWith("HTTP/1.");
            int status = Integer.parseInt(answer.substring(9, 12));
            if (status >= 400) {
                assertThat(answer)
                        .contains("{\"error\":{\"message\":")
                        .contains("\"type\":")
                        .containsIgnoringCase("Content-Type: application/json");
            }
            return status;
        }
    }

    int send(String method, String path, String host, String lines) throws IOException {
        return send(
                "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: 2\r\n%s\r\n{}"
                        .formatted(method, path, host, lines));
    }

    /** Returns the status of a change in JSON that is addressed to {@code host}. */
    int changeAt(String host) throws IOException {
        return send("POST", "/admin/thing", host.replace("PORT", String.valueOf(port)), JSON);
    }

    /** Returns the status of a change in JSON from a page of {@code origin}. */
    int changeFrom(String origin, String host) throws IOException {
        var header = "Origin: " + origin.replace("PORT", String.valueOf(port)) + "\r\n";
        return send(
                "PUT", "/admin/thing", host.replace("PORT", String.valueOf(port)), header + JSON);
    }
}
