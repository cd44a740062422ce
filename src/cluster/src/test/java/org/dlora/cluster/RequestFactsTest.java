package org.dlora.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.groups.Tuple;
import org.dlora.cluster.ClusterTest.FakeReplica;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.facts.Arrival;
import org.dlora.cluster.facts.RefusalCode;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.cluster.facts.RequestObserver;
import org.dlora.cluster.facts.RequestOutcome.Answered;
import org.dlora.cluster.facts.RequestOutcome.Broke;
import org.dlora.cluster.facts.RequestOutcome.TurnedAway;
import org.dlora.cluster.facts.RequestTimes;
import org.dlora.cluster.facts.TokenChain;
import org.dlora.cluster.requests.QueueFullException;
import org.dlora.cluster.requests.Submission;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.replica.request.StepCounts;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.dispatch.DispatchPolicy;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Every request's end carries its facts, whatever end it is. */
class RequestFactsTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    private final FakeReplica replica = new FakeReplica("seven", 10);
    private final List<RequestFacts> seen = new ArrayList<>();
    private final List<ServedAdapter> served = List.of(TinyAdapter.served("sql#1", "sql"));
    private final ServedNames names = new ServedNames("tiny", served);
    private final CpuDevice device = new CpuDevice();
    private final AdapterMemory memory = TinyMemory.of(device, List.of(replica), served);

    @AfterEach
    void close() {
        memory.close();
    }

    @Test
    void anAnswerSaysWhoAskedForWhatAndWhatItTook() {
        var cluster = cluster(seen::add);
        var arrival = Arrival.now(Clock.fixed(NOW, ZoneOffset.UTC), "mine");
        cluster.submit(List.of(new Submission(request("a", "sql"), event -> {}, arrival)));
        replica.tell("a", new Token(1, "x", null));
        replica.tell("a", new Token(2, "y", null));
        var usage = new SequenceUsage(3, 1, 2, 4, new StepCounts(5, 6, 7));
        replica.end("a", new Finished(FinishReason.LENGTH, "", null, usage));

        var facts = only();
        assertThat(facts)
                .isEqualTo(
                        new RequestFacts(
                                "a",
                                "mine",
                                "sql",
                                "1",
                                "seven",
                                facts.times(),
                                usage,
                                0,
                                0,
                                new Answered(FinishReason.LENGTH),
                                facts.trace()));
        var times = facts.times();
        assertThat(times.arrived()).isEqualTo(NOW);
        assertThat(
                        Stream.of(
                                times.arrived(),
                                times.queued(),
                                times.adapterReady(),
                                times.firstToken(),
                                times.done()))
                .doesNotContainNull()
                .isSorted();
    }

    @Test
    void theTraceHasTheParametersThatRepeatTheRequest() {
        var arrival = Arrival.now(Clock.fixed(NOW, ZoneOffset.UTC), null).by("somebody");
        cluster(seen::add)
                .submit(List.of(new Submission(request("a", "sql"), event -> {}, arrival)));
        replica.tell("a", new Token(1, "x", null));
        replica.tell("a", new Token(2, "y", null));
        replica.end("a");

        var trace = only().trace();
        assertThat(trace.adapter()).isEqualTo("sql");
        assertThat(trace.endUser()).isEqualTo("somebody");
        assertThat(trace.replicas()).containsExactly("seven");
        assertThat(trace.tokenHashes()).isEqualTo(TokenChain.of(1, 2));
        assertThat(trace.request().sampling().seed()).isPresent();
        assertThat(trace.answer()).isNull();
        assertThat(trace.logprobs()).isNull();
    }

    @Test
    void theAnswerIsNotedForAnObserverThatWantsIt() {
        var wanting =
                new RequestObserver() {
                    @Override
                    public void ended(RequestFacts facts) {
                        seen.add(facts);
                    }

                    @Override
                    public boolean wantsText() {
                        return true;
                    }
                };
        cluster(wanting).submit(request("a", null), event -> {});
        replica.tell("a", new Token(5, "x", null));
        replica.tell("a", new Token(6, "", null));
        replica.end("a", new Finished(FinishReason.STOP, "y", null, SequenceUsage.NONE));

        var answer = Objects.requireNonNull(only().trace().answer());
        assertThat(answer.tokens()).containsExactly(5, 6);
        assertThat(answer.text()).isEqualTo("xy");
    }

    @Test
    void theBaseModelHasItsNameAndNoVersion() {
        cluster(seen::add).submit(request("a", null), event -> {});
        replica.end("a");
        assertThat(only())
                .returns("tiny", RequestFacts::model)
                .returns(null, RequestFacts::version)
                .returns(null, RequestFacts::clientId);
    }

    @Test
    void aFailureIsAnOutcomeAndTokensThatTheEngineCannotTellAreCounted() {
        cluster(seen::add).submit(request("a", null), event -> {});
        replica.tell("a", new Token(1, "x", null));
        replica.end("a", new Failed(FailureCode.SHUTTING_DOWN, "gone"));
        assertThat(only())
                .returns(new Broke(FailureCode.SHUTTING_DOWN), RequestFacts::outcome)
                .returns(new SequenceUsage(3, 0, 1, 0, StepCounts.NONE), RequestFacts::usage);
    }

    @Test
    void aRequestWithoutATokenHasNoTimeOfOne() {
        cluster(seen::add).submit(request("a", null), event -> {});
        replica.end("a");
        assertThat(only().times().firstToken()).isNull();
    }

    @Test
    void refusalsOfEachKindAreOutcomesWithoutAReplica() {
        var cluster = cluster(seen::add);
        assertThatExceptionOfType(NoSuchAdapterException.class)
                .isThrownBy(() -> cluster.submit(request("a", "unknown"), event -> {}));
        replica.refusing = true;
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cluster.submit(request("b", "sql"), event -> {}));
        replica.refusing = false;
        List.of("1", "2", "3", "4").forEach(id -> cluster.submit(request(id, null), event -> {}));
        assertThatExceptionOfType(QueueFullException.class)
                .isThrownBy(() -> cluster.submit(request("c", null), event -> {}));
        replica.close();
        replica.end("1");
        assertThatIllegalStateException()
                .isThrownBy(() -> cluster.submit(request("d", null), event -> {}));

        var refused = seen.stream().filter(facts -> facts.replica() == null).toList();
        assertThat(refused)
                .extracting(RequestFacts::id, RequestFacts::model, RequestFacts::outcome)
                .containsExactly(
                        row("a", "unknown", RefusalCode.UNKNOWN_ADAPTER),
                        row("b", "sql", RefusalCode.INVALID),
                        row("c", "tiny", RefusalCode.QUEUE_FULL),
                        row("d", "tiny", RefusalCode.UNAVAILABLE));
        assertThat(refused).extracting(RequestFacts::times).allMatch(RequestFactsTest::isRefused);
        assertThat(refused).extracting(facts -> facts.usage().promptTokens()).containsOnly(3);
    }

    private static Tuple row(String id, String model, RefusalCode code) {
        return tuple(id, model, new TurnedAway(code));
    }

    private static boolean isRefused(RequestTimes times) {
        return times.queued() == null
                && times.adapterReady() == null
                && times.firstToken() == null
                && !times.done().isBefore(times.arrived());
    }

    @Test
    void eachRequestOfACallThatFindsNoRoomIsTurnedAwayOnce() {
        var cluster = cluster(seen::add);
        assertThatExceptionOfType(QueueFullException.class)
                .isThrownBy(() -> cluster.submit(call("1", "2", "3", "4", "5")));
        assertThat(seen)
                .extracting(RequestFacts::id, RequestFacts::outcome)
                .containsExactlyElementsOf(
                        Stream.of("1", "2", "3", "4", "5")
                                .map(id -> tuple(id, new TurnedAway(RefusalCode.QUEUE_FULL)))
                                .toList());
    }

    @Test
    void eachRequestOfARefusedCallEndsOnceTheTakenOnesByTheirCancellation() {
        var cluster = cluster(seen::add);
        assertThatIllegalArgumentException().isThrownBy(() -> cluster.submit(call("1", "2", "2")));
        assertThat(seen)
                .extracting(RequestFacts::id, RequestFacts::outcome)
                .containsExactly(tuple("2", new TurnedAway(RefusalCode.INVALID)));
        List.of("1", "2").forEach(replica::end);
        assertThat(seen).extracting(RequestFacts::id).containsExactly("2", "1", "2");
    }

    private static List<Submission> call(String... ids) {
        return Stream.of(ids).map(id -> new Submission(request(id, null), event -> {})).toList();
    }

    @Test
    void anObserverThatThrowsHarmsNeitherOthersNorTheClient() {
        RequestObserver broken =
                _ -> {
                    throw new AssertionError("a test");
                };
        var cluster =
                new Cluster(
                        List.of(replica),
                        List.of(memory),
                        4,
                        names,
                        SchedulingSettings.DEFAULT,
                        DispatchPolicy.PREDICTED_FINISH.rule(),
                        List.of(broken, seen::add, broken));
        var told = new ArrayList<>();
        cluster.submit(request("a", null), told::add);
        replica.end("a");
        assertThat(seen).hasSize(1);
        assertThat(told).hasSize(1);
        assertThatExceptionOfType(NoSuchAdapterException.class)
                .isThrownBy(() -> cluster.submit(request("b", "unknown"), event -> {}));
        assertThat(seen).hasSize(2);
    }

    @Test
    void aClientThatThrowsAtItsEndHasFacts() {
        cluster(seen::add)
                .submit(
                        request("a", null),
                        event -> {
                            throw new IllegalStateException("a test");
                        });
        assertThatIllegalStateException().isThrownBy(() -> replica.end("a"));
        assertThat(only().outcome()).isEqualTo(new Answered(FinishReason.STOP));
    }

    @Test
    void aServerTellsTheFactsOffTheThreadsThatCompute() throws InterruptedException {
        var threads = new LinkedBlockingQueue<String>();
        try (var server = new TinyCluster(facts -> threads.add(Thread.currentThread().getName()))) {
            var version = server.load("sql", "r8-all").version().orElseThrow();
            server.ask("answered", "sql", 1, 20).await();
            var answered = next(server);
            assertThat(answered)
                    .returns("sql", RequestFacts::model)
                    .returns(version, RequestFacts::version)
                    .returns(new Answered(FinishReason.LENGTH), RequestFacts::outcome)
                    .returns(
                            new SequenceUsage(5, 0, 20, 0, new StepCounts(20, 0, 0)),
                            RequestFacts::usage);
            assertThat(answered.replica()).isIn("0", "1");
            assertThat(threads.take()).isEqualTo("replica-" + answered.replica() + "-out");

            var running = server.ask("cancelled", TinyCluster.BASE, 1, 50);
            running.awaitStart();
            server.cluster.cancel("cancelled");
            // The request may have reached its length before.
            var end = (Finished) running.await().getLast();
            assertThat(next(server).outcome()).isEqualTo(new Answered(end.reason()));
        }
    }

    @Test
    void unfinishedRequestsHaveFactsAtTheShutdown() throws InterruptedException {
        try (var server = new TinyCluster()) {
            var running = server.ask("running", TinyCluster.BASE, 1, 50);
            running.awaitStart();
            server.cluster.close();
            var facts = next(server);
            // The request may have ended before the shutdown.
            assertThat(facts.outcome())
                    .isIn(new Broke(FailureCode.SHUTTING_DOWN), new Answered(FinishReason.LENGTH));
            assertThat(facts.usage().outputTokens()).isPositive();
        }
    }

    private static RequestFacts next(TinyCluster server) throws InterruptedException {
        return Objects.requireNonNull(server.facts.poll(20, TimeUnit.SECONDS));
    }

    private Cluster cluster(RequestObserver observer) {
        return new Cluster(
                List.of(replica),
                List.of(memory),
                4,
                names,
                SchedulingSettings.DEFAULT,
                DispatchPolicy.PREDICTED_FINISH.rule(),
                List.of(observer));
    }

    private RequestFacts only() {
        assertThat(seen).hasSize(1);
        return seen.getFirst();
    }

    private static GenerationRequest request(String id, @Nullable String adapter) {
        return new GenerationRequest(
                id,
                AdapterRef.ofNullable(adapter),
                new int[] {1, 2, 3},
                SamplingParams.GREEDY,
                StopConditions.after(1),
                -1,
                -1,
                true);
    }
}
