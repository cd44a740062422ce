package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.api.pools.HeldPool;
import org.dlora.api.pools.WorkPool;
import org.dlora.api.pools.WorkPools;
import org.dlora.replica.request.FinishReason;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** Calls while the work of a stranger's key holds all threads and the queue that it can get. */
class HeldPoolsTest extends ApiTest {
    private static final String TEXT =
            "{\"model\": \"demo\", \"prompt\": [1], \"max_tokens\": 2%s}";

    @Autowired private WorkPools pools;

    private void answer() {
        engine.answer(
                Events.token('a'), Events.token('b'), Events.finished(FinishReason.LENGTH, 1, 2));
    }

    private void callsPassBeside(WorkPool pool) {
        var held = new HeldPool(pool).fill("stranger");
        try {
            answer();
            var answer = ask("/v1/completions", TEXT.formatted(""));
            assertThat(answer.get("usage").get("completion_tokens").asInt()).isEqualTo(2);
            assertThat(stream("/v1/completions", TEXT.formatted(", \"stream\": true")))
                    .isNotEmpty();
            client().get()
                    .uri("/health")
                    .exchange()
                    .expectBody()
                    .jsonPath("$.refusing")
                    .isEqualTo(pool.name());
        } finally {
            held.release();
        }
    }

    @Test
    void aCallPassesWhileAStrangersTemplatesAreRendered() {
        callsPassBeside(pools.bodies());
    }

    @Test
    void aCallPassesWhileAStrangersSchemasAreCompiled() {
        callsPassBeside(pools.compilation());
    }

    @Test
    void aCallPassesWhileAStrangersGatesRun() {
        callsPassBeside(pools.catalogue());
    }

    @Test
    void aCallPassesWhileAStrangersReadsOfTheHistoryHang() {
        callsPassBeside(pools.store());
    }
}
