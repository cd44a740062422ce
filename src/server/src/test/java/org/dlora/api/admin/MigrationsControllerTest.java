package org.dlora.api.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.facts.ClusterEvent.AdminAction;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.migration.AdapterMove;
import org.dlora.cluster.migration.MigrationRecord;
import org.dlora.cluster.migration.MigrationService;
import org.dlora.cluster.migration.MigrationStatus;
import org.dlora.cluster.migration.MoveCause;
import org.dlora.cluster.migration.MoveConflictException;
import org.dlora.cluster.migration.NoSuchRequestException;
import org.dlora.cluster.rebalance.PlanGain;
import org.dlora.cluster.replicas.NoSuchReplicaException;
import org.dlora.cluster.requests.StreamPause;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.replica.migration.SentKv;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.http.HttpStatus;
import tools.jackson.databind.JsonNode;

class MigrationsControllerTest extends AdminServer {
    private static final String PATH = "/admin/migrations";
    private static final Instant BEGUN = Instant.parse("2026-01-02T03:04:05Z");

    private static final StreamPause PAUSE = new StreamPause(0.125, 2, 0.0625);

    private final Moves moves = new Moves();

    @Autowired ClusterEvents events;

    @BeforeEach
    void serve() {
        serve(demo().migrations(moves));
    }

    private static MigrationRecord record(
            String request,
            @Nullable StreamPause pause,
            MigrationResult result,
            @Nullable PlanGain gain) {
        return new MigrationRecord(
                request,
                "sql",
                "0",
                "1",
                BEGUN,
                0.25,
                new SentKv(3, 4096, 0.5),
                pause,
                result,
                gain == null ? MoveCause.BY_HAND : MoveCause.PLAN,
                gain);
    }

    private static PlanGain measured(double planned, double seconds) {
        var gain = new PlanGain(planned);
        gain.measured(seconds);
        return gain;
    }

    @Test
    void showsRunningAndEndedMoves() {
        moves.running.add(
                new MigrationStatus(
                        "r1", "sql", "0", "1", BEGUN, 0.5, MoveCause.PLAN, new PlanGain(2.5)));
        moves.ended.add(record("r2", PAUSE, new MigrationResult.Moved(), measured(1.5, 1.25)));
        moves.ended.add(record("r3", null, new MigrationResult.Failed("no room"), null));
        moves.ended.add(
                record("r4", new StreamPause(1, 0, Double.NaN), new MigrationResult.Ended(), null));
        assertThat(get(PATH, HttpStatus.OK))
                .isEqualTo(
                        JSON.readTree(
                                """
                                {"running": [{"request": "r1", "model": "sql", "from": "0", "to": "1", "begun": "2026-01-02T03:04:05Z",
                                   "seconds": 0.5, "planned_gain": 2.5}],
                                 "ended": [
                                  {"request": "r2", "model": "sql", "from": "0", "to": "1", "begun": "2026-01-02T03:04:05Z", "seconds": 0.25,
                                   "blocks": 3, "bytes": 4096, "copy_seconds": 0.5, "pause_seconds": 0.125, "pause_steps": 2, "step_seconds": 0.0625, "outcome": "moved", "reason": null, "planned_gain": 1.5, "measured_gain": 1.25},
                                  {"request": "r3", "model": "sql", "from": "0", "to": "1", "begun": "2026-01-02T03:04:05Z", "seconds": 0.25,
                                   "blocks": 3, "bytes": 4096, "copy_seconds": 0.5, "pause_seconds": null, "pause_steps": null, "step_seconds": null, "outcome": "failed", "reason": "no room", "planned_gain": null, "measured_gain": null},
                                  {"request": "r4", "model": "sql", "from": "0", "to": "1", "begun": "2026-01-02T03:04:05Z", "seconds": 0.25,
                                   "blocks": 3, "bytes": 4096, "copy_seconds": 0.5, "pause_seconds": 1.0, "pause_steps": null, "step_seconds": null, "outcome": "ended", "reason": null, "planned_gain": null, "measured_gain": null}]}
                                """));
    }

    @Test
    void movesARequestWithItsKvUnlessToldOtherwise() {
        var answer = move("{'request': 'r2', 'to': '1'}", HttpStatus.OK);
        assertThat(answer.get("outcome").asString()).isEqualTo("moved");
        assertThat(answer.get("request").asString()).isEqualTo("r2");
        move("{'request': 'r2', 'to': '1', 'kv': 'send'}", HttpStatus.OK);
        move("{'request': 'r2', 'to': '0', 'kv': 'recompute'}", HttpStatus.OK);
        assertThat(moves.ordered).containsExactly("r2 1 true", "r2 1 true", "r2 0 false");
    }

    @Test
    void copiesAndMovesAdapters() {
        assertThat(move("{'adapter': 'sql', 'to': '1', 'mode': 'copy'}", HttpStatus.OK))
                .isEqualTo(
                        JSON.readTree(
                                """
                                {"adapter": "sql", "mode": "copy", "from": null, "to": "1", "left": 0, "evicted": false}
                                """));
        assertThat(move("{'adapter': 'sql', 'to': '1', 'mode': 'move'}", HttpStatus.OK))
                .isEqualTo(
                        JSON.readTree(
                                """
                                {"adapter": "sql", "mode": "move", "from": "0", "to": "1", "left": 2, "evicted": false}
                                """));
        move("{'adapter': 'sql', 'to': '1', 'mode': 'move', 'from': '0'}", HttpStatus.OK);
        assertThat(moves.ordered).containsExactly("copy sql 1", "move sql 1 null", "move sql 1 0");
    }

    /** The audit said "request moved" of moves that had failed. */
    @Test
    void theAuditHasALineOnceAMoveHasEndedWhichSaysHow() {
        var lines = new CopyOnWriteArrayList<AdminAction>();
        var end =
                events.watch(event -> {
                    if (event instanceof AdminAction line) {
                        lines.add(line);
                    }
                });
        try {
            move("{'request': 'r2', 'to': '1'}", HttpStatus.OK);
            moves.result = new MigrationResult.Failed("no room");
            move("{'request': 'r3', 'to': '1'}", HttpStatus.OK);
            moves.copied =
                    CompletableFuture.failedFuture(new IllegalStateException("It does not fit"));
            move("{'adapter': 'sql', 'to': '1', 'mode': 'copy'}", HttpStatus.SERVICE_UNAVAILABLE);
            moves.refusal = new NoSuchRequestException("r");
            move("{'request': 'r', 'to': '1'}", HttpStatus.NOT_FOUND);
        } finally {
            end.run();
        }
        assertThat(lines)
                .extracting(AdminAction::action, AdminAction::subject, AdminAction::after)
                .containsExactly(
                        tuple(
                                "request.move",
                                "r2",
                                Map.of("to", "1", "kv", true, "outcome", "moved")),
                        tuple(
                                "request.move",
                                "r3",
                                Map.of(
                                        "to", "1", "kv", true, "outcome", "failed", "reason",
                                        "no room")),
                        tuple(
                                "adapter.copy",
                                "sql",
                                Map.of(
                                        "to",
                                        "1",
                                        "outcome",
                                        "failed",
                                        "reason",
                                        "It does not fit")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    {'to': '1'} | either a 'request' or an 'adapter'
                    {'request': 'r', 'adapter': 'sql', 'to': '1'} | either a 'request' or an 'adapter'
                    {'request': 'r'} | 'to' is required: the id of the target replica
                    {'request': 'r', 'to': 1} | 'to' must be a string, but is 1
                    {'request': 7, 'to': '1'} | 'request' must be a string, but is 7
                    {'request': 'r', 'to': '1', 'kv': 'both'} | 'kv' must be #send# or #recompute#, but is #both#
                    {'request': 'r', 'to': '1', 'mode': 'copy'} | Unknown parameter: 'mode'
                    {'request': 'r', 'to': '1', 'from': '0'} | Unknown parameter: 'from'
                    {'adapter': 'sql', 'to': '1'} | 'mode' is required: #copy# or #move#
                    {'adapter': 'sql', 'to': '1', 'mode': 3} | 'mode' must be #copy# or #move#, but is 3
                    {'adapter': 'sql', 'to': '1', 'mode': 'copy', 'from': '0'} | Unknown parameter: 'from'
                    {'adapter': 'sql', 'to': '1', 'mode': 'move', 'kv': 'send'} | Unknown parameter: 'kv'
                    [] | must be a JSON object
                    """)
    void refusesOrdersThatAreNoMoves(String order, String why) {
        assertThat(message(move(order, HttpStatus.BAD_REQUEST))).contains(why.replace('#', '"'));
        assertThat(moves.ordered).isEmpty();
    }

    @Test
    void unknownRequestsReplicasAndAdaptersAreNotFound() {
        moves.refusal = new NoSuchRequestException("r");
        assertThat(message(move("{'request': 'r', 'to': '1'}", HttpStatus.NOT_FOUND)))
                .isEqualTo(
                        "There is no unfinished request 'r'; GET /admin/replicas lists them. A request has the id of its answer and the number of the sequence, such as cmpl-5c0f…-0; the client's own id is another one.");
        moves.refusal = new NoSuchReplicaException("9", List.of("0"));
        assertThat(message(move("{'request': 'r', 'to': '9'}", HttpStatus.NOT_FOUND)))
                .contains("no replica '9'; known are [0]");
        moves.refusal = new NoSuchAdapterException("nosql");
        var nosql = "{'adapter': 'nosql', 'to': '1', 'mode': 'copy'}";
        assertThat(message(move(nosql, HttpStatus.NOT_FOUND)))
                .isEqualTo("Adapter 'nosql' is not loaded; GET /admin/adapters lists them.");
    }

    @Test
    void movesThatCannotBeAreRefusedInTheServersWords() {
        moves.refusal = new IllegalArgumentException("Request 'r' is on replica 1 already");
        assertThat(message(move("{'request': 'r', 'to': '1'}", HttpStatus.BAD_REQUEST)))
                .isEqualTo("Request 'r' is on replica 1 already.");
        moves.refusal = new IllegalStateException("Request 'r' is being moved already");
        assertThat(message(move("{'request': 'r', 'to': '1'}", HttpStatus.CONFLICT)))
                .isEqualTo("Request 'r' is being moved already.");
    }

    @Test
    void adapterThatCannotBeLoadedIsUnavailable() {
        moves.copied = CompletableFuture.failedFuture(new IllegalStateException("It does not fit"));
        var copy = "{'adapter': 'sql', 'to': '1', 'mode': 'copy'}";
        assertThat(message(move(copy, HttpStatus.SERVICE_UNAVAILABLE)))
                .isEqualTo("It does not fit.");
    }

    @Test
    void anAdapterThatIsUnloadedOrPinnedMeanwhileIsNoDefect() {
        var copy = "{'adapter': 'sql', 'to': '1', 'mode': 'copy'}";
        moves.copied = CompletableFuture.failedFuture(new NoSuchAdapterException("sql"));
        assertThat(message(move(copy, HttpStatus.NOT_FOUND)))
                .isEqualTo("Adapter 'sql' is not loaded; GET /admin/adapters lists them.");
        moves.copied = CompletableFuture.failedFuture(new MoveConflictException("It is pinned"));
        assertThat(message(move(copy, HttpStatus.CONFLICT))).isEqualTo("It is pinned.");
    }

    @Test
    void pagesOfStrangersMoveNothing() {
        assertGuarded(PATH);
        assertThat(moves.ordered).isEmpty();
    }

    @Test
    void isClosedOnOpenNetworks() {
        serve(demo());
        assertThat(message(get(PATH, HttpStatus.FORBIDDEN))).contains("dlora.allow-open-network");
        move("{'request': 'r', 'to': '1'}", HttpStatus.FORBIDDEN);
    }

    private JsonNode move(String order, HttpStatus status) {
        return post(PATH, order.replace('\'', '"'), status);
    }

    /** Moves that end at once. */
    private static final class Moves implements MigrationService {
        private final List<String> ordered = new ArrayList<>();
        private final List<MigrationStatus> running = new ArrayList<>();
        private final List<MigrationRecord> ended = new ArrayList<>();
        private CompletableFuture<AdapterMove> copied =
                CompletableFuture.completedFuture(new AdapterMove("sql", null, "1", 0, false));
        private @Nullable RuntimeException refusal;
        private MigrationResult result = new MigrationResult.Moved();

        private void order(String order) {
            if (refusal != null) {
                throw refusal;
            }
            ordered.add(order);
        }

        @Override
        public CompletableFuture<MigrationRecord> moveRequest(
                String request, String to, boolean sendKv, MoveCause cause) {
            assertThat(cause).isEqualTo(MoveCause.BY_HAND);
            order("%s %s %s".formatted(request, to, sendKv));
            return CompletableFuture.completedFuture(record(request, PAUSE, result, null));
        }

        @Override
        public CompletableFuture<AdapterMove> copyAdapter(String adapter, String to) {
            order("copy %s %s".formatted(adapter, to));
            return copied;
        }

        @Override
        public CompletableFuture<AdapterMove> moveAdapter(
                String adapter, String to, @Nullable String from) {
            order("move %s %s %s".formatted(adapter, to, from));
            return CompletableFuture.completedFuture(new AdapterMove("sql", "0", "1", 2, false));
        }

        @Override
        public List<MigrationStatus> running() {
            return running;
        }

        @Override
        public List<MigrationRecord> history() {
            return ended;
        }
    }
}
