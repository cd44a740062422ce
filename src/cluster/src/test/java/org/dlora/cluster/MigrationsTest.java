package org.dlora.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.tuple;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.dlora.cluster.TinyCluster.Answer;
import org.dlora.cluster.facts.CourseMark;
import org.dlora.cluster.facts.CourseMark.Kind;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests that move between replicas of a real model give their clients the same bits. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MigrationsTest {
    private static final List<String> MODELS = List.of(TinyCluster.BASE, "r8-all", "dora");
    private static final int OUTPUT = 40;

    /** Requests of which two replicas, with four places in a step, run some after others. */
    private static final int WAVES = 24;

    @Test
    void answersOfMovedRequestsAreThoseOfUndisturbedOnes() throws InterruptedException {
        var moved = new LinkedHashMap<String, Integer>();
        try (var server = new TinyCluster()) {
            load(server);
            var undisturbed = new LinkedHashMap<String, List<GenerationEvent>>();
            for (int i = 0; i < 12; i++) {
                var answer = new Answer();
                server.cluster.submit(request("alone" + i, i), answer);
                undisturbed.put("r" + i, ignoringCosts(answer.await()));
            }
            var answers = new LinkedHashMap<String, Answer>();
            for (int i = 0; i < 12; i++) {
                var answer = new Answer();
                answers.put("r" + i, answer);
                server.cluster.submit(request("r" + i, i), answer);
            }
            moveAtRandom(server, answers, moved);
            for (var one : answers.entrySet()) {
                assertThat(ignoringCosts(one.getValue().await()))
                        .as(one.getKey())
                        .isEqualTo(undisturbed.get(one.getKey()));
            }
            assertThat(server.cluster.loads()).allMatch(load -> load.running() == 0);
            assertThat(server.cluster.loads())
                    .allMatch(load -> load.freeBlocks() == load.totalBlocks());
            assertThat(server.cluster.migrations().history())
                    .filteredOn(one -> one.result() instanceof MigrationResult.Moved)
                    .isNotEmpty();
            assertThat(server.cluster.migrations().running()).isEmpty();
            ToldFacts.await(server.facts, 24); // Of 12 undisturbed requests and of 12 that moved.
            assertThat(server.facts.stream().mapToInt(RequestFacts::migrations).sum())
                    .isEqualTo(moved.get("moved"));
            server.facts.forEach(MigrationsTest::assertArrivals);
        }
        assertThat(moved.values().stream().mapToInt(Integer::intValue).sum()).isPositive();
    }

    /** Each move has the moments at which the request left and at which the target had it. */
    private static void assertArrivals(RequestFacts facts) {
        var moves =
                facts.trace().course().stream()
                        .filter(mark -> mark.kind() == Kind.MOVED || mark.kind() == Kind.ARRIVED)
                        .toList();
        int arrived = 0;
        // Marks are bounded: the last move may lack its arrival.
        for (int i = 0; i + 1 < moves.size(); i += 2) {
            assertThat(moves.get(i).kind()).isEqualTo(Kind.MOVED);
            assertThat(moves.get(i + 1).kind()).isEqualTo(Kind.ARRIVED);
            assertThat(moves.get(i + 1).at()).isAfterOrEqualTo(moves.get(i).at());
            arrived += moves.get(i + 1).replica().equals(moves.get(i).replica()) ? 1 : 0;
        }
        assertThat(arrived).isBetween(Math.min(facts.migrations(), 20), facts.migrations());
    }

    private static void load(TinyCluster server) {
        server.load("r8-all", "r8-all");
        server.load("dora", "dora");
    }

    /** Moves requests to and fro until all have ended. */
    private static void moveAtRandom(
            TinyCluster server, Map<String, Answer> answers, Map<String, Integer> moved) {
        var random = new Random(1);
        while (!answers.values().stream().allMatch(Answer::isEnded)) {
            var moves = new ArrayList<CompletableFuture<MigrationResult>>();
            for (var id : answers.keySet()) {
                var target = String.valueOf(random.nextInt(2));
                begin(server, id, target, random.nextBoolean()).ifPresent(moves::add);
            }
            moves.forEach(move -> {
                if (move.join() instanceof MigrationResult.Moved) {
                    moved.merge("moved", 1, Integer::sum);
                }
            });
        }
    }

    /** Begins to move a request, unless it has ended or is there already. */
    private static Optional<CompletableFuture<MigrationResult>> begin(
            TinyCluster server, String id, String target, boolean sendKv) {
        try {
            return Optional.of(server.cluster.migrations().move(id, target, sendKv));
        } catch (IllegalArgumentException | IllegalStateException e) {
            return Optional.empty();
        }
    }

    static GenerationRequest request(String id, int i) {
        var model = MODELS.get(i % MODELS.size());
        var sampling =
                i % 2 == 0
                        ? SamplingParams.GREEDY
                        : new SamplingParams(
                                0.9, 0.95, 30, 0, 0.1, 0.1, 1.1, Map.of(), OptionalLong.of(i));
        return new GenerationRequest(
                id,
                model.equals(TinyCluster.BASE) ? AdapterRef.base() : AdapterRef.of(model),
                new Random(i).ints(18, 0, 60).toArray(),
                sampling,
                new StopConditions(OUTPUT, 0, true, Set.of(), List.of(), false),
                1,
                -1,
                true);
    }

    static List<GenerationEvent> ignoringCosts(List<GenerationEvent> told) {
        return told.stream()
                .map(event ->
                        event instanceof Finished end
                                ? new Finished(
                                        end.reason(), end.text(), end.stop(), SequenceUsage.NONE)
                                : event)
                .toList();
    }

    @Test
    void aCancelledRequestEndsWhereverItIs() throws InterruptedException {
        try (var server = new TinyCluster()) {
            load(server);
            for (int i = 0; i < 20; i++) {
                var answer = new Answer();
                server.cluster.submit(request("r" + i, i), answer);
                answer.awaitStart();
                var target = String.valueOf(i % 2);
                var move = begin(server, "r" + i, target, true);
                server.cluster.cancel("r" + i);
                move.ifPresent(CompletableFuture::join);
                assertThat(answer.await().getLast())
                        .isInstanceOfSatisfying(
                                Finished.class,
                                end ->
                                        assertThat(end.reason())
                                                .isIn(FinishReason.CANCELLED, FinishReason.LENGTH));
            }
            assertThat(server.cluster.load().running()).isZero();
        }
    }

    @Test
    void movesThatCannotBeAreRefusedInWords() throws InterruptedException {
        try (var server = new TinyCluster()) {
            var migrations = server.cluster.migrations();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> migrations.move("nobody", "1", true))
                    .withMessage("There is no unfinished request 'nobody'");
            var answer = server.ask("r", TinyCluster.BASE, 3, 50);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> migrations.move("r", "9", true))
                    .withMessage("There is no replica '9'; known are [0, 1]");
            answer.await();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> migrations.move("r", "1", true))
                    .withMessageContaining("no unfinished request");
        }
    }

    @Test
    void aRequestGoesOnWhenItsReplicaIsClosed() throws InterruptedException {
        try (var server = new TinyCluster()) {
            load(server);
            var expected = new ArrayList<List<GenerationEvent>>();
            for (int i = 0; i < WAVES; i++) {
                var answer = new Answer();
                server.cluster.submit(request("alone" + i, i), answer);
                expected.add(ignoringCosts(answer.await()));
            }
            var answers = new ArrayList<Answer>();
            for (int i = 0; i < WAVES; i++) {
                var answer = new Answer();
                server.cluster.submit(request("r" + i, i), answer);
                answers.add(answer);
            }
            answers.getFirst().awaitStart();
            server.replica(0).close();
            for (int i = 0; i < WAVES; i++) {
                assertThat(ignoringCosts(answers.get(i).await())).isEqualTo(expected.get(i));
            }
            ToldFacts.await(server.facts, 2 * WAVES);
            assertThat(server.facts)
                    .filteredOn(facts -> facts.rescues() > 0)
                    .isNotEmpty()
                    .allMatch(facts -> "1".equals(facts.replica()))
                    .allSatisfy(facts ->
                            assertThat(facts.trace().course())
                                    .extracting(CourseMark::kind, CourseMark::replica)
                                    .containsSubsequence(
                                            tuple(Kind.LOST, "0"), tuple(Kind.RESCUED, "1")));
            server.replica(1).close();
            assertThatIllegalStateException()
                    .isThrownBy(() -> server.ask("late", TinyCluster.BASE, 3, 5));
        }
    }
}
