package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.dlora.constraint.ConstraintDefinition;
import org.dlora.model.BaseModel;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.security.AdapterPatterns;
import org.dlora.security.KeyService;
import org.dlora.security.KeySettings;
import org.dlora.security.Scope;
import org.dlora.security.limits.Limiter;
import org.dlora.security.limits.Limits;
import org.dlora.security.limits.SharedGate;
import org.dlora.security.limits.SharedRates;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.http.MediaType;
import org.springframework.test.util.ReflectionTestUtils;

/** A call whose constraint is pushed out by others after it was read, and before it is queued. */
@Import({LimitedCallsTest.Keys.class, PushedOutConstraintTest.Gate.class})
class PushedOutConstraintTest extends ApiTest {
    private static final String PERMITS = "compiling";

    /** More than are kept for nobody. */
    private static final int OTHERS = 1001;

    @TestConfiguration(proxyBeanMethods = false)
    static class Gate {
        @Bean
        SharedGate gate(Limiter limiter, BaseModel base) {
            return new SharedGate(limiter, new Pushing(base), () -> 0, Duration.ofMinutes(1));
        }
    }

    /** Rates that always let a call in, after others have compiled their constraints. */
    private record Pushing(BaseModel base) implements SharedRates {
        @Override
        public Answer take(List<Claim> claims) {
            for (int i = 0; i < OTHERS; i++) {
                var _ = base.constraints().compile(new ConstraintDefinition.Text("other " + i));
            }
            return new Answer(true, claims.stream().map(Claim::limit).toList());
        }

        @Override
        public void giveBack(List<Claim> claims) {}
    }

    @Autowired private KeyService keys;

    @Test
    void aPushedOutConstraintIsCompiledAgainOnItsPool() throws Exception {
        var threads = new LinkedBlockingQueue<String>();
        var compiler = base.constraints();
        var permits = ReflectionTestUtils.getField(compiler, PERMITS);
        ReflectionTestUtils.setField(compiler, PERMITS, new NotedPermits(threads));
        var kept = new LinkedBlockingQueue<Boolean>();
        engine.answer(request -> {
            var constraint = request.constraint();
            kept.add(constraint != null && compiler.isKept(constraint));
            return List.<GenerationEvent>of(
                    Events.token('a'), Events.finished(FinishReason.STOP, 1, 1));
        });
        var key =
                keys.issue(
                        new KeySettings(
                                "app",
                                null,
                                Set.of(Scope.INFERENCE),
                                AdapterPatterns.ALL,
                                null,
                                new Limits(100L, null, null, null)));
        try {
            client().post()
                    .uri("/v1/chat/completions")
                    .header("Authorization", "Bearer " + key.secret())
                    .contentType(MediaType.APPLICATION_JSON)
                    .bodyValue(
                            ChatCompletionsTest.chat(
                                    "demo",
                                    ", \"max_tokens\": 1, \"structured_outputs\": {\"choice\": [\"a\"]}"))
                    .exchange()
                    .expectStatus()
                    .isOk();
        } finally {
            ReflectionTestUtils.setField(compiler, PERMITS, permits);
        }
        assertThat(kept.poll(1, TimeUnit.MINUTES)).isTrue();
        var compiling = new ArrayList<>(threads);
        compiling.removeIf(thread -> thread.startsWith("limits-shared-"));
        assertThat(compiling)
                .hasSize(2)
                .allSatisfy(thread -> assertThat(thread).startsWith("compilation-"));
    }
}
