package org.dlora.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.dlora.bench.load.FakeServer.Answer;
import org.dlora.workload.LoadReport;
import org.dlora.workload.Outcome;
import org.dlora.workload.PlannedRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Load against a server in this process. */
@Timeout(60)
class LoadRunTest {
    private static final Answer WHOLE =
            (body, reply) -> reply.tokens(body.get("max_tokens").asInt());
    private static final List<String> MODELS = List.of("a", "b");

    @Test
    void measuresWholeAnswers() throws Exception {
        var report = run(WHOLE, 4, plan(12));

        assertThat(report.failed()).isEmpty();
        assertThat(report.done()).hasSize(12);
        assertThat(report.done())
                .allSatisfy(done -> {
                    assertThat(done.promptTokens()).isEqualTo(3);
                    assertThat(done.outputTokens()).isEqualTo(5);
                    assertThat(done.timeToFirstToken()).isPositive();
                    assertThat(done.seconds())
                            .isGreaterThanOrEqualTo(done.timeToFirstToken())
                            .isLessThanOrEqualTo(report.seconds());
                });
        assertThat(report.done()).extracting(Outcome.Done::model).contains("a", "b");
    }

    @Test
    void requestsStreamedGreedyAnswersOfExactLength() throws Exception {
        try (var server = new FakeServer(WHOLE)) {
            run(target(server.url(), Optional.of("secret"), false), 1, plan(1));

            assertThat(server.keys()).containsExactly("Bearer secret");
            assertThat(server.bodies().getFirst().toString())
                    .isEqualTo(
                            "{'model':'a','prompt':[1,2,3],'max_tokens':5,'min_tokens':5,'ignore_eos':true,'temperature':0,'stream':true,'stream_options':{'include_usage':true}}"
                                    .replace('\'', '"'));
        }
    }

    @Test
    void extraMembersAreAddedOrReplaceOthers() throws Exception {
        try (var server = new FakeServer(WHOLE)) {
            var extra =
                    Map.<String, Object>of(
                            "temperature", 1, "structured_outputs", Map.of("regex", "[a-z]{9}"));
            var target =
                    new LoadTarget(
                            server.url(),
                            Optional.empty(),
                            MODELS,
                            false,
                            extra,
                            Duration.ofMinutes(1));

            run(target, 1, plan(1));

            var body = server.bodies().getFirst();
            assertThat(body.get("temperature").asInt()).isOne();
            assertThat(body.at("/structured_outputs/regex").asString()).isEqualTo("[a-z]{9}");
            assertThat(body.get("max_tokens").asInt()).isEqualTo(5);
        }
    }

    /** Issue 12: an address as OpenAI's clients have it led to /v1/v1. */
    @ParameterizedTest
    @ValueSource(strings = {"", "/", "/v1", "/v1/", "//"})
    void anAddressMayEndInV1(String ending) throws Exception {
        try (var server = new FakeServer(WHOLE)) {
            var url = URI.create(server.url() + ending);

            var report = run(target(url, Optional.empty(), false), 1, plan(1));

            assertThat(report.failed()).isEmpty();
            assertThat(report.done()).hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "http://v1, http://v1/v1/completions",
        "http://h/openai/v1/, http://h/openai/v1/completions",
        "http://h/openai, http://h/openai/v1/completions",
        "https://h:1/apiv1, https://h:1/apiv1/v1/completions",
    })
    void onlyAWholeLastPartOfThePathIsTakenForTheVersion(URI url, URI expected) {
        assertThat(target(url, Optional.empty(), false).completions()).isEqualTo(expected);
    }

    @Test
    void selectsAnAdapterOfLlamaByItsNumber() throws Exception {
        try (var server = new FakeServer(WHOLE)) {
            run(target(server.url(), Optional.empty(), true), 1, plan(2));

            assertThat(server.bodies().get(1).at("/lora/0/id").asInt()).isEqualTo(1);
            assertThat(server.bodies().get(1).at("/cache_prompt").asBoolean(true)).isFalse();
        }
    }

    @Test
    void countsAStreamCutInTheMiddleAsFailed() throws Exception {
        var report =
                run(
                        (_, reply) -> {
                            reply.begin();
                            reply.token();
                            reply.token();
                        },
                        1,
                        plan(2));

        assertThat(report.done()).isEmpty();
        assertThat(report.failed())
                .hasSize(2)
                .allMatch(failed -> failed.error().contains("the stream was cut"));
    }

    @Test
    void countsAStreamWithoutItsEndAsFailed() throws Exception {
        var report =
                run(
                        (_, reply) -> {
                            reply.begin();
                            reply.token();
                            reply.usage(5);
                        },
                        1,
                        plan(1));

        assertThat(report.failed()).singleElement().matches(f -> f.error().contains("[DONE]"));
    }

    @Test
    void countsAWrongNumberOfTokensAsFailed() throws Exception {
        var report = run((_, reply) -> reply.tokens(4), 1, plan(1));

        assertThat(report.failed())
                .singleElement()
                .matches(failed -> failed.error().contains("asked for 5 tokens, got 4"));
    }

    @Test
    void countsRefusalsAndStreamedErrorsAsFailed() throws Exception {
        var calls = new AtomicInteger();
        var report =
                run(
                        (_, reply) -> {
                            switch (calls.getAndIncrement()) {
                                case 0 -> reply.error(429, "{\"error\": \"too many\"}");
                                case 1 -> {
                                    reply.begin();
                                    reply.event("{\"error\": {\"message\": \"broken\"}}");
                                }
                                case 2 -> {
                                    reply.begin();
                                    reply.event("{no json");
                                }
                                default -> reply.tokens(5);
                            }
                        },
                        1,
                        plan(5));

        assertThat(report.done()).hasSize(2);
        assertThat(report.failed())
                .satisfiesExactly(
                        failed -> assertThat(failed.error()).contains("429", "too many"),
                        failed -> assertThat(failed.error()).contains("broken"),
                        failed -> assertThat(failed.error()).contains("no JSON: {no json"));
        assertThat(report.values()).containsEntry("failed", 3).containsEntry("done", 2);
    }

    @Test
    void countsAMissingServerAsFailed() throws Exception {
        var server = new FakeServer(WHOLE);
        URI gone = server.url();
        server.close();

        var report = run(target(gone, Optional.empty(), false), 2, plan(3));

        assertThat(report.failed())
                .hasSize(3)
                .allMatch(failed ->
                        failed.error()
                                .equals(
                                        "cannot connect to %s: is a server running there?"
                                                .formatted(gone)));
        assertThat(report.seconds()).isPositive();
    }

    @Test
    void abandonsAServerThatNeverAnswers() throws Exception {
        var end = new CountDownLatch(1);
        Answer silent =
                (_, reply) -> {
                    reply.begin();
                    reply.token();
                    end.await();
                };
        try (var server = new FakeServer(silent)) {
            var target =
                    new LoadTarget(
                            server.url(),
                            Optional.empty(),
                            MODELS,
                            false,
                            Map.of(),
                            Duration.ofMillis(200));

            assertThat(run(target, 1, plan(1)).failed())
                    .singleElement()
                    .matches(failed -> failed.error().contains("within PT0.2S"));
        } finally {
            end.countDown();
        }
    }

    @Test
    void keepsTheGivenNumberOfRequestsInFlight() throws Exception {
        var inFlight = new AtomicInteger();
        var most = new AtomicInteger();
        var four = new CyclicBarrier(4);
        var report =
                run(
                        (_, reply) -> {
                            most.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
                            try {
                                // Passes only when four are in flight together.
                                four.await();
                            } catch (BrokenBarrierException e) {
                                throw new IllegalStateException(e);
                            }
                            inFlight.decrementAndGet();
                            reply.tokens(5);
                        },
                        4,
                        plan(16));

        assertThat(report.done()).hasSize(16);
        assertThat(most.get()).isEqualTo(4);
    }

    @Test
    void openLoopDoesNotWaitForAnswers() throws Exception {
        var all = new CyclicBarrier(6);
        var plan =
                IntStream.range(0, 6)
                        .mapToObj(i -> new PlannedRequest(i % 2, new int[] {1, 2, 3}, 5, i * 0.01))
                        .toList();

        var report =
                run(
                        (_, reply) -> {
                            try {
                                all.await();
                            } catch (BrokenBarrierException e) {
                                throw new IllegalStateException(e);
                            }
                            reply.tokens(5);
                        },
                        1000,
                        plan);

        assertThat(report.done()).hasSize(6);
        assertThat(report.seconds()).isGreaterThanOrEqualTo(0.05);
    }

    @Test
    void openLoopCountsTheWaitForAFreePlace() throws Exception {
        var plan =
                IntStream.range(0, 8)
                        .mapToObj(_ -> new PlannedRequest(0, new int[] {1, 2, 3}, 5, 1e-6))
                        .toList();

        var report = run(WHOLE, 1, plan);

        // All were due at once, and each was sent when the answer before it had ended.
        assertThat(report.done()).extracting(Outcome.Done::timeToFirstToken).isSorted();
        assertThat(report.done()).extracting(Outcome.Done::seconds).isSorted();
    }

    @Test
    void closedLoopCountsFromTheSendingOfARequest() throws Exception {
        var report = run(WHOLE, 1, plan(8));

        // Requests ran one after another, so their times add up to the run at most.
        assertThat(report.done().stream().mapToDouble(Outcome.Done::seconds).sum())
                .isLessThanOrEqualTo(report.seconds());
    }

    @Test
    void outcomesAreInTheOrderOfTheRequests() throws Exception {
        var last = new CountDownLatch(1);
        var report =
                run(
                        (body, reply) -> {
                            if (body.get("model").asString().equals("a")) {
                                last.await();
                            }
                            reply.tokens(5);
                            last.countDown();
                        },
                        2,
                        plan(2));

        assertThat(report.outcomes()).extracting(Outcome::model).containsExactly("a", "b");
    }

    @Test
    void noKeyIsSentUnlessGiven() throws Exception {
        try (var server = new FakeServer(WHOLE)) {
            run(target(server.url(), Optional.empty(), false), 1, plan(1));
            assertThat(server.keys()).containsExactly("null");
        }
    }

    @Test
    void aLongRefusalIsCut() throws Exception {
        var report = run((_, reply) -> reply.error(500, "e".repeat(1000)), 1, plan(1));

        assertThat(report.failed())
                .singleElement()
                .matches(failed -> failed.error().equals("IOException 500 " + "e".repeat(200)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:8080", "ftp://localhost", "http:///v1", "//localhost", "v1"})
    void anAddressIsThatOfAnHttpServer(String address) {
        assertThatThrownBy(() -> target(LoadTarget.address(address), Optional.empty(), false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "URL is '%s': expected one like http://127.0.0.1:8080".formatted(address));
    }

    @Test
    void textThatIsNoUriIsNamed() {
        assertThatThrownBy(() -> LoadTarget.address("http://my host"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("URL is 'http://my host': expected");
    }

    @Test
    void refusesInvalidUrlsAndConcurrency() {
        assertThatThrownBy(() -> target(URI.create("localhost:8080"), Optional.empty(), false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected one like http://127.0.0.1:8080");
        var target = target(URI.create("http://localhost"), Optional.empty(), false);
        assertThatThrownBy(() -> new LoadRun(target, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("concurrency is 0");
    }

    private static LoadReport run(Answer answer, int concurrency, List<PlannedRequest> plan)
            throws InterruptedException {
        try (var server = new FakeServer(answer)) {
            return run(target(server.url(), Optional.empty(), false), concurrency, plan);
        }
    }

    private static LoadReport run(LoadTarget target, int concurrency, List<PlannedRequest> plan)
            throws InterruptedException {
        try (var run = new LoadRun(target, concurrency)) {
            return run.run("test", plan, 0.5);
        }
    }

    private static LoadTarget target(URI url, Optional<String> key, boolean isLlama) {
        return new LoadTarget(url, key, MODELS, isLlama, Map.of(), Duration.ofMinutes(1));
    }

    private static List<PlannedRequest> plan(int requests) {
        return IntStream.range(0, requests)
                .mapToObj(i -> new PlannedRequest(i % 2, new int[] {1, 2, 3}, 5, 0))
                .toList();
    }
}
