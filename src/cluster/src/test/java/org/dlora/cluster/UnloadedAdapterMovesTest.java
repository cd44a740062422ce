package org.dlora.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.dlora.cluster.TinyCluster.Answer;
import org.dlora.replica.migration.MigrationResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Requests go on in a memory that has forgotten their adapter, because it was unloaded while they
 * ran.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UnloadedAdapterMovesTest {
    private static final int REQUESTS = 120;

    @Test
    void requestsOfUnloadedAdaptersMove() throws InterruptedException {
        try (var server = new TwoMemories()) {
            var undisturbed = TwoMemories.await(server.ask("alone", REQUESTS));
            var answers = askAndUnload(server);

            var moves = new ArrayList<CompletableFuture<MigrationResult>>();
            for (int i = 0; i < REQUESTS; i++) {
                try {
                    moves.add(server.cluster.migrations().move("r" + i, "1", true));
                } catch (IllegalArgumentException | IllegalStateException e) {
                    // The request has ended or has moved already.
                    assertThat(e).hasMessageMatching(".*(no unfinished request|already|ended).*");
                }
            }

            assertThat(moves.stream().map(CompletableFuture::join))
                    .allMatch(result ->
                            !(result instanceof MigrationResult.Failed(var reason))
                                    || reason.contains("has no free KV blocks"))
                    .anyMatch(result -> result instanceof MigrationResult.Moved);
            assertThat(TwoMemories.await(answers)).isEqualTo(undisturbed);
            assertThat(server.cluster.migrations().history())
                    .anyMatch(move ->
                            move.result() instanceof MigrationResult.Moved
                                    && TwoMemories.ADAPTERS.contains(move.model()));
            awaitForgotten(server);
        }
    }

    @Test
    void requestsOfUnloadedAdaptersAreRescued() throws InterruptedException {
        try (var server = new TwoMemories()) {
            var undisturbed = TwoMemories.await(server.ask("alone", REQUESTS));
            ToldFacts.forget(server.facts, REQUESTS);
            var answers = askAndUnload(server);

            server.replicas.getFirst().close();

            assertThat(TwoMemories.await(answers)).isEqualTo(undisturbed);
            ToldFacts.await(server.facts, REQUESTS);
            assertThat(server.facts)
                    .anyMatch(facts ->
                            facts.rescues() > 0 && TwoMemories.ADAPTERS.contains(facts.model()));
            awaitForgotten(server);
        }
    }

    /** Starts requests, and unloads their adapters before later ones. */
    private static List<Answer> askAndUnload(TwoMemories server) throws InterruptedException {
        var answers = server.ask("r", REQUESTS);
        answers.get(1).awaitStart();
        TwoMemories.ADAPTERS.forEach(
                name -> assertThat(server.names.withdraw(server.cluster, name)).isPresent());
        assertThat(answers).anyMatch(answer -> !answer.isEnded());
        return answers;
    }

    private static void awaitForgotten(TwoMemories server) {
        await().until(() -> server.memories.stream().allMatch(memory -> memory.report().isEmpty()));
    }
}
