package org.dlora.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvents;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpStatus;
import org.springframework.http.codec.ServerSentEvent;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class EventsControllerTest extends AdminServer {
    @Autowired ClusterEvents events;

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
                                    NOW, "host", "sql", "hash", 10, 0.5, "file"));
                    events.done("127.0.0.1", "adapter.pin", "sql", Map.of("pinned", false), null);
                })
                .assertNext(loaded -> {
                    assertThat(loaded.event()).isEqualTo("adapter_loaded");
                    assertThat(JSON.readTree(String.valueOf(loaded.data())))
                            .isEqualTo(
                                    JSON.readTree(
                                            """
                                            {"kind":"adapter_loaded","at":"2026-01-02T03:04:05Z","memory":"host",
                                             "adapter":"sql","version":"hash","bytes":10,"seconds":0.5,"source":"file"}\
                                            """));
                })
                .assertNext(action -> {
                    assertThat(action.event()).isEqualTo("admin_action");
                    assertThat(action.data()).contains("\"action\":\"adapter.pin\"");
                })
                .thenCancel()
                .verify(Duration.ofMinutes(1));
    }

    @Test
    void closedAdministrationStreamsNothing() {
        serve(demo());
        get("/admin/events", HttpStatus.FORBIDDEN);
    }

    private Flux<ServerSentEvent<String>> stream() {
        return client().get()
                .uri("/admin/events")
                .exchange()
                .expectStatus()
                .isOk()
                .returnResult(new ParameterizedTypeReference<ServerSentEvent<String>>() {})
                .getResponseBody();
    }
}
