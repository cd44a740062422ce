package org.dlora.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.security.Access;
import org.dlora.security.Ending;
import org.dlora.security.users.Role;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpStatus;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

@Import(EventsControllerTest.Roles.class)
class EventsControllerTest extends AdminServer {
    private static final String ROLE = "X-Role";

    @Autowired ClusterEvents events;
    @Autowired ApplicationContext context;

    /** Takes the caller's role from a header. */
    static final class Roles implements WebFilter {
        @Override
        public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
            var role = exchange.getRequest().getHeaders().getFirst(ROLE);
            if (role != null) {
                var scopes = Role.of(role).orElseThrow().scopes();
                exchange.getAttributes()
                        .put(
                                Access.NAME,
                                Access.ofUser("user:" + role, role, scopes, Ending.NEVER));
            }
            return chain.filter(exchange);
        }
    }

    @BeforeEach
    void serveDemo() {
        serve(demo().scheduling(new IdleScheduling()));
    }

    @Test
    void changesAreStreamedAsTheyHappen() {
        StepVerifier.create(stream())
                .assertNext(first -> assertThat(first.comment()).isEqualTo("connected"))
                .then(() -> {
                    events.publish(
                            new ClusterEvent.AdapterLoaded(
                                    NOW, "host", "sql", "hash", 10, 0.5, "file", "is pinned"));
                    events.done("127.0.0.1", "adapter.pin", "sql", Map.of("pinned", false), null);
                })
                .assertNext(loaded -> {
                    assertThat(loaded.event()).isEqualTo("adapter_loaded");
                    assertThat(JSON.readTree(String.valueOf(loaded.data())))
                            .isEqualTo(
                                    JSON.readTree(
                                            """
                                            {"kind":"adapter_loaded","at":"2026-01-02T03:04:05Z","memory":"host",
                                             "adapter":"sql","version":"hash","bytes":10,"seconds":0.5,"source":"file","why":"is pinned"}\
                                            """));
                })
                .assertNext(action -> {
                    assertThat(action.event()).isEqualTo("admin_action");
                    assertThat(action.data()).contains("\"action\":\"adapter.pin\"");
                })
                .thenCancel()
                .verify(Duration.ofMinutes(1));
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void actionsOfTheAuditAreForAdministrators(Role role) {
        var kinds = new ArrayList<String>();
        StepVerifier.create(stream(role.label()))
                .assertNext(first -> assertThat(first.comment()).isEqualTo("connected"))
                .then(() -> {
                    events.done("10.0.0.1", "user.sign_in_failed", "ann", null, null);
                    events.publish(
                            new ClusterEvent.AdapterLoaded(
                                    NOW, "host", "sql", "hash", 10, 0.5, "file", "is pinned"));
                })
                .thenConsumeWhile(
                        event -> !"adapter_loaded".equals(event.event()),
                        event -> {
                            if (event.event() != null) {
                                kinds.add(event.event());
                            }
                        })
                .assertNext(loaded -> assertThat(loaded.event()).isEqualTo("adapter_loaded"))
                .thenCancel()
                .verify(Duration.ofMinutes(1));
        assertThat(kinds).isEqualTo(role == Role.ADMIN ? List.of("admin_action") : List.of());
    }

    /** The server would wait for it, and a page in the background listens for days. */
    @Test
    @DirtiesContext
    void streamEndsWhenTheServerStops() {
        StepVerifier.create(stream())
                .assertNext(first -> assertThat(first.comment()).isEqualTo("connected"))
                .then(() -> context.publishEvent(new ContextClosedEvent(context)))
                .thenConsumeWhile(_ -> true)
                .expectComplete()
                .verify(Duration.ofMinutes(1));
    }

    @Test
    void closedAdministrationStreamsNothing() {
        serve(demo());
        get("/admin/events", HttpStatus.FORBIDDEN);
    }

    private Flux<ServerSentEvent<String>> stream() {
        return stream(null);
    }

    private Flux<ServerSentEvent<String>> stream(@Nullable String role) {
        return client().get()
                .uri("/admin/events")
                .headers(headers -> {
                    if (role != null) {
                        headers.add(ROLE, role);
                    }
                })
                .exchange()
                .expectStatus()
                .isOk()
                .returnResult(new ParameterizedTypeReference<ServerSentEvent<String>>() {})
                .getResponseBody();
    }
}
