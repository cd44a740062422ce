package org.dlora.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.dlora.cluster.replicas.NoSuchReplicaException;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.cluster.replicas.ReplicaService;
import org.dlora.cluster.replicas.ReplicaStatus;
import org.dlora.scheduling.ReplicaLoad;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpStatus;

class ReplicasControllerTest extends AdminServer {
    private static final Instant SINCE = Instant.parse("2026-01-02T03:04:05Z");

    private final TwoReplicas replicas = new TwoReplicas();

    @BeforeEach
    void serve() {
        serve(demo().replicas(replicas));
    }

    @Test
    void showsWhatEachReplicaDoes() {
        assertThat(get("/admin/replicas", HttpStatus.OK))
                .isEqualTo(
                        JSON.readTree(
                                """
                                {"replicas": [
                                  {"id": "0", "memory": "host", "state": "serving", "reason": null, "since": "2026-01-02T03:04:05Z",
                                   "running": 2, "waiting": 1, "free_blocks": 60, "total_blocks": 100,
                                   "adapters": [{"name": "sql", "bytes": 5}],
                                   "requests": [
                                     {"id": "chatcmpl-1-0", "client": "mine", "model": "sql", "output_tokens": 7, "age": 1.5, "moving_to": "1"},
                                     {"id": "cmpl-2-0", "client": null, "model": "demo", "output_tokens": 0, "age": 0.5, "moving_to": null}]},
                                  {"id": "1", "memory": "1", "state": "closed", "reason": "it has ended", "since": null,
                                   "running": 0, "waiting": 0, "free_blocks": 100, "total_blocks": 100,
                                   "adapters": [], "requests": []}]}
                                """));
    }

    @Test
    void healthNamesTheStatesInTheSameWords() {
        for (var state : ReplicaStatus.values()) {
            replicas.state = state;
            assertThat(get("/health", HttpStatus.OK).at("/replicas/0/state").asString())
                    .isEqualTo(state.label());
        }
        assertThat(get("/health", HttpStatus.OK).at("/replicas/1/state").asString())
                .isEqualTo("closed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"drain", "resume", "restart"})
    void actionsAreDoneAndAnsweredWithTheReplica(String action) {
        var answer = post("/admin/replicas/0/" + action, "{}", HttpStatus.OK);
        assertThat(answer).isEqualTo(get("/admin/replicas", HttpStatus.OK).at("/replicas/0"));
        assertThat(replicas.done).containsExactly(action + " 0");
    }

    /** Issue 15: bodies were not read, so a mistake in one went unnoticed. */
    @ParameterizedTest
    @ValueSource(strings = {"drain", "resume", "restart"})
    void bodiesAreReadAndRefused(String action) {
        var path = "/admin/replicas/0/" + action;
        var error = post(path, "{\"replica\": \"1\"}", HttpStatus.BAD_REQUEST);
        assertThat(message(error)).startsWith("Unknown parameter: 'replica'.");
        assertThat(message(post(path, "{bad", HttpStatus.BAD_REQUEST)))
                .startsWith("The body is not valid JSON");
        post(path, "[]", HttpStatus.BAD_REQUEST);
        assertThat(replicas.done).isEmpty();
        json(client().post().uri(path).header("X-DLoRA-Request", "1").exchange(), HttpStatus.OK);
        assertThat(replicas.done).containsExactly(action + " 0");
    }

    @Test
    void restartIsForcedByName() {
        post("/admin/replicas/0/restart", "{\"force\": true}", HttpStatus.OK);
        post("/admin/replicas/0/restart", "{\"force\": false}", HttpStatus.OK);
        post("/admin/replicas/0/restart", "{\"force\": 1}", HttpStatus.BAD_REQUEST);
        assertThat(replicas.done).containsExactly("forced restart 0", "restart 0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"drain", "resume", "restart"})
    void unknownIdsAreNotFound(String action) {
        var error = post("/admin/replicas/9/" + action, "{}", HttpStatus.NOT_FOUND);
        assertThat(message(error)).isEqualTo("There is no replica '9'; known are [0, 1].");
        assertThat(replicas.done).isEmpty();
    }

    @Test
    void refusedDrainIsAConflictInTheServersWords() {
        replicas.refusal = new IllegalStateException("Replica 0 is the last one");
        assertThat(message(post("/admin/replicas/0/drain", "{}", HttpStatus.CONFLICT)))
                .isEqualTo("Replica 0 is the last one.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"drain", "resume", "restart"})
    void pagesOfStrangersChangeNothing(String action) {
        assertGuarded("/admin/replicas/0/" + action);
        assertThat(replicas.done).isEmpty();
    }

    @Test
    void isClosedOnOpenNetworks() {
        serve(demo());
        assertThat(message(get("/admin/replicas", HttpStatus.FORBIDDEN)))
                .contains("dlora.allow-open-network");
        post("/admin/replicas/0/drain", "{}", HttpStatus.FORBIDDEN);
        post("/admin/replicas/0/resume", "{}", HttpStatus.FORBIDDEN);
    }

    /** Replica 0 serves, replica 1 has ended. */
    private static final class TwoReplicas implements ReplicaService {
        private ReplicaStatus state = ReplicaStatus.SERVING;
        private final List<String> done = new ArrayList<>();
        private @Nullable IllegalStateException refusal;

        @Override
        public List<ReplicaReport> replicas() {
            return List.of(replica("0"), replica("1"));
        }

        @Override
        public Map<String, ReplicaReport.Condition> conditions() {
            var conditions = new LinkedHashMap<String, ReplicaReport.Condition>();
            replicas().forEach(one -> conditions.put(one.id(), one.condition()));
            return conditions;
        }

        @Override
        public ReplicaReport replica(String id) {
            return switch (id) {
                case "0" ->
                        new ReplicaReport(
                                id,
                                "host",
                                new ReplicaReport.Condition(state, null, SINCE),
                                new ReplicaLoad(id, 2, 1, 60, 100),
                                List.of(new ReplicaReport.Kept("sql", 5)),
                                List.of(
                                        new ReplicaReport.OpenRequest(
                                                "chatcmpl-1-0",
                                                "mine",
                                                "sql",
                                                "sql#1",
                                                7,
                                                1.5,
                                                "1"),
                                        new ReplicaReport.OpenRequest(
                                                "cmpl-2-0", null, "demo", null, 0, 0.5, null)));
                case "1" ->
                        new ReplicaReport(
                                id,
                                "1",
                                new ReplicaReport.Condition(
                                        ReplicaStatus.CLOSED, "it has ended", null),
                                new ReplicaLoad(id, 0, 0, 100, 100),
                                List.of(),
                                List.of());
                default -> throw new NoSuchReplicaException(id, List.of("0", "1"));
            };
        }

        @Override
        public void drain(String id) {
            change("drain ", id);
        }

        @Override
        public void resume(String id) {
            change("resume ", id);
        }

        @Override
        public CompletableFuture<Void> restart(String id, boolean force) {
            change(force ? "forced restart " : "restart ", id);
            return CompletableFuture.completedFuture(null);
        }

        private void change(String action, String id) {
            var replica = replica(id);
            if (refusal != null) {
                throw refusal;
            }
            done.add(action + replica.id());
        }
    }
}
