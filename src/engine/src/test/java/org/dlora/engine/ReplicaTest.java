package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.dlora.constraint.ConstraintCompiler;
import org.dlora.constraint.ConstraintDefinition;
import org.dlora.constraint.TokenTrie;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.replica.request.StepCounts;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReplicaTest {
    private static final int BLOCKS = 8;

    private final FakeModel model = new FakeModel(BLOCKS);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Replica replica = replica(model);

    @AfterEach
    void close() {
        replica.close();
        assertThat(model.isClosed()).isTrue();
        assertThat(replica.isServing()).isFalse();
    }

    @Test
    void servesRequestsOfManyThreadsAndIsEmptyAfterwards() throws InterruptedException {
        replica.start();
        record Served(GenerationRequest request, Recording recording) {}
        var served = new ArrayList<Served>();
        var random = new Random(3);
        for (int i = 0; i < 400; i++) {
            served.add(new Served(Requests.random("r" + i, random, 60, 30), new Recording()));
        }
        try (var clients = Executors.newFixedThreadPool(4)) {
            for (var one : served) {
                clients.execute(() -> replica.submit(one.request(), one.recording()));
            }
        }
        for (var one : served) {
            assertThat(Oracle.ignoringCosts(one.recording().await()))
                    .isEqualTo(Oracle.events(one.request(), BLOCKS * 16));
        }
        assertThat(replica.load()).isEqualTo(new ReplicaLoad("test", 0, 0, BLOCKS, BLOCKS));
    }

    @Test
    void eventsOfAStepAreDeliveredWhileTheNextOneRuns() throws InterruptedException {
        var begun = new CountDownLatch(1);
        var cancelled = new CountDownLatch(1);
        model.beforeStep(batch -> {
            if (model.steps() == 2) {
                begun.countDown();
                await(cancelled);
            }
        });
        replica.start();
        var recording = new Recording();
        replica.submit(
                endless("r"),
                event -> {
                    recording.on(event);
                    await(begun);
                    replica.cancel("r");
                    cancelled.countDown();
                });
        assertThat(recording.await())
                .hasSize(3)
                .last()
                .isEqualTo(
                        new Finished(
                                FinishReason.CANCELLED,
                                "",
                                null,
                                new SequenceUsage(5, 0, 2, 0, new StepCounts(2, 0, 0))));
        assertThat(replica.load().freeBlocks()).isEqualTo(BLOCKS);
    }

    @Test
    void waitsForListenersThatAreManyStepsBehind() throws InterruptedException {
        replica.start();
        var goOn = new CountDownLatch(1);
        var recording = new Recording();
        replica.submit(
                endless("r"),
                event -> {
                    await(goOn);
                    recording.on(event);
                });
        var thread = thread("replica-test");
        while (thread.getState() != Thread.State.WAITING || model.steps() < 2) {
            Thread.onSpinWait();
        }
        assertThat(model.steps()).isBetween(2, 30);
        replica.cancel("r");
        goOn.countDown();
        assertThat(recording.await()).hasSizeGreaterThan(model.steps());
    }

    @Test
    void aListenerThatThrowsCancelsItsRequestAndNobodyNotices() throws InterruptedException {
        replica.start();
        var told = Collections.synchronizedList(new ArrayList<GenerationEvent>());
        var ended = new CountDownLatch(1);
        replica.submit(
                endless("bad"),
                event -> {
                    told.add(event);
                    if (event.isLast()) {
                        ended.countDown();
                    }
                    throw new IllegalStateException("gone");
                });
        var good = new Recording();
        replica.submit(Requests.greedy("good", 5, 4), good);

        assertThat(Oracle.ignoringSteps(good.await()))
                .isEqualTo(Oracle.events(Requests.greedy("good", 5, 4), 128));
        ended.await();
        assertThat(told).hasSize(2); // the first token, then the end
        assertThat(((Finished) told.getLast()).reason()).isEqualTo(FinishReason.CANCELLED);
    }

    @Test
    void anInterruptThatAListenerLeavesBehindConcernsNobodyElse() throws InterruptedException {
        replica.start();
        var request = Requests.greedy("r", 5, 4);
        var recording = new Recording();
        replica.submit(
                request,
                event -> {
                    recording.on(event);
                    Thread.currentThread().interrupt();
                });
        assertThat(Oracle.ignoringSteps(recording.await())).isEqualTo(Oracle.events(request, 128));
    }

    @Test
    void listenersMayCallBack() throws InterruptedException {
        replica.start();
        var second = new Recording();
        replica.submit(
                endless("first"),
                event -> {
                    replica.cancel("first");
                    if (event.isLast()) {
                        replica.submit(Requests.greedy("second", 3, 2), second);
                    }
                });
        assertThat(Oracle.ignoringSteps(second.await()))
                .isEqualTo(Oracle.events(Requests.greedy("second", 3, 2), 128));
    }

    /** A compilation may take long, and a kept constraint may have been let go since its check. */
    @Test
    void theCallersThreadCompilesConstraints() throws InterruptedException {
        var compiler =
                new ConstraintCompiler(
                        TokenTrie.of(
                                FakeModel.VOCAB,
                                id -> id == FakeModel.END ? null : new byte[] {(byte) ('0' + id)}));
        var threads = new CopyOnWriteArrayList<Thread>();
        var served = new FakeModel(BLOCKS).serve();
        var constrained =
                new ReplicaModel(
                        served.runner(),
                        served.texts(),
                        served.endTokens(),
                        served.adapters(),
                        definition -> {
                            threads.add(Thread.currentThread());
                            return compiler.compile(definition);
                        });
        var request =
                Requests.greedy("constrained", 5, 20)
                        .withConstraint(new ConstraintDefinition.Regex("[1-4]{3}"));
        try (var replica = replica(constrained)) {
            replica.start();
            var recording = new Recording();
            replica.submit(request, recording);
            assertThat(
                            recording.await().stream()
                                    .filter(GenerationEvent.Token.class::isInstance)
                                    .map(event -> ((GenerationEvent.Token) event).token()))
                    .hasSizeBetween(3, 4)
                    .allMatch(token -> token <= 4);
        }
        assertThat(threads).isNotEmpty().containsOnly(Thread.currentThread());
    }

    @Test
    void countsWhatWasSubmittedAsWaitingBeforeItIsHandled() {
        replica.submit(endless("a"), event -> {});
        replica.submit(endless("b"), event -> {});
        assertThat(replica.load()).isEqualTo(new ReplicaLoad("test", 0, 2, BLOCKS, BLOCKS));
    }

    @Test
    void closingFailsUnfinishedRequests() throws InterruptedException {
        replica.start();
        var running = new Recording();
        var told = thread("replica-test-out");
        replica.submit(
                endless("running"),
                event -> {
                    running.on(event);
                    if (!event.isLast()) {
                        replica.close();
                    }
                });
        assertThat((Failed) running.await().getLast())
                .returns(FailureCode.SHUTTING_DOWN, Failed::code)
                .returns("The server is shutting down", Failed::message)
                .returns(running.tokens().size(), failed -> failed.usage().outputTokens());
        replica.close();
        assertThat(told.isAlive()).isFalse();
        assertThatIllegalStateException()
                .isThrownBy(() -> replica.submit(endless("late"), event -> {}))
                .withMessageContaining("shutting down");
        assertThat(replica.load().waiting()).isZero();
        replica.close();
    }

    @Test
    void closingWaitsForTheStepThatRunsEvenIfInterrupted() {
        var inAStep = new CompletableFuture<Void>();
        var goOn = new CompletableFuture<Void>();
        model.beforeStep(batch -> {
            inAStep.complete(null);
            goOn.join();
        });
        replica.start();
        replica.submit(endless("r"), event -> {});
        inAStep.join();
        var replicaThread = thread("replica-test");
        var runsAfterClose = new CompletableFuture<Boolean>();
        var closer =
                Thread.ofPlatform()
                        .start(() -> {
                            Thread.currentThread().interrupt();
                            replica.close();
                            runsAfterClose.complete(replicaThread.isAlive());
                        });
        while (closer.isAlive() && closer.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        goOn.complete(null);
        assertThat(runsAfterClose.join()).isFalse();
    }

    @Test
    void closingBeforeTheStartFailsSubmittedRequests() {
        var recording = new Recording();
        replica.submit(endless("r"), recording);
        replica.close();
        assertThat(recording.last()).isInstanceOf(Failed.class);
    }

    @Test
    void sleepsWhileThereIsNothingToDo() throws InterruptedException {
        replica.start();
        var recording = new Recording();
        replica.submit(Requests.greedy("r", 3, 2), recording);
        recording.await();
        for (var thread : List.of(thread("replica-test"), thread("replica-test-out"))) {
            while (thread.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
        }
        assertThat(model.steps()).isLessThanOrEqualTo(2);
    }

    @Test
    void warmsUpWithoutTouchingBlocksOrMeters() {
        replica.start();
        replica.warmUp(() -> {});
        assertThat(model.steps()).isGreaterThan(10);
        assertThat(replica.load()).isEqualTo(new ReplicaLoad("test", 0, 0, BLOCKS, BLOCKS));
        assertThat(registry.find("dlora.requests").counters()).isEmpty();
    }

    @Test
    void aWarmUpThatFailsSaysSo() {
        model.beforeStep(batch -> {
            throw new IllegalStateException("broken");
        });
        replica.start();
        assertThatThrownBy(() -> replica.warmUp(() -> {}))
                .hasMessageContaining("Warm-up of replica test failed");
    }

    @Test
    void aWarmUpThatIsCancelledEndsBeforeTheNextStep() {
        replica.start();

        assertThatThrownBy(() ->
                        replica.warmUp(() -> {
                            if (model.steps() == 3) {
                                throw new CancellationException("enough");
                            }
                        }))
                .isInstanceOf(CancellationException.class);

        assertThat(model.steps()).isEqualTo(3);
        assertThat(replica.isServing()).isTrue();
    }

    @Test
    void heartbeatRestsWhileAReplicaWaitsAndBeatsWithEachStep() throws InterruptedException {
        var beats = Collections.synchronizedList(new ArrayList<Heartbeat>());
        model.beforeStep(_ -> beats.add(replica.heartbeat()));
        replica.start();
        var recording = new Recording();
        replica.submit(Requests.greedy("r", 20, 3), recording);
        recording.await();
        assertThat(beats).hasSize(3).noneMatch(Heartbeat::isResting);
        assertThat(beats.stream().map(Heartbeat::beat)).doesNotHaveDuplicates().isSorted();
        Awaitility.await().until(() -> replica.heartbeat().isResting());
        replica.warmUp(() -> assertThat(replica.heartbeat().isResting()).isTrue());
    }

    @Test
    void replicaEndsAfterEightFailedStepsInARow() throws InterruptedException {
        model.beforeStep(batch -> {
            if (model.steps() != 5) {
                throw new IllegalStateException("broken");
            }
        });
        replica.start();
        for (int i = 1; i <= 13; i++) {
            assertThat(replica.isServing()).as("before step %d", i).isTrue();
            var recording = new Recording();
            replica.submit(Requests.greedy("r" + i, 20, 1), recording);
            recording.await();
        }
        Awaitility.await().until(() -> !replica.isServing());
        assertThat(replica.stackTrace()).isEmpty();
    }

    @Test
    void changesItsPolicyBetweenTwoStepsAndSaysWhichItGoesBy() throws InterruptedException {
        replica.start();
        var running = new Recording();
        replica.submit(Requests.greedy("r", 20, 60), running);
        var slo = new SloLimits(1, 0.1);
        replica.schedule(new SchedulingSettings(PolicySettings.of(PolicyKind.MERGED), slo)).join();
        assertThat(replica.scheduling(1).policy()).isEqualTo("merged");
        assertThat(replica.scheduling(1).slo()).isEqualTo(slo);
        assertThat(Oracle.ignoringSteps(running.await()))
                .isEqualTo(Oracle.events(Requests.greedy("r", 20, 60), 150));
        replica.close();
        assertThat(replica.schedule(SchedulingSettings.DEFAULT)).isCompletedExceptionally();
    }

    @Test
    void measuresItsSteps() throws InterruptedException {
        replica.start();
        var recording = new Recording();
        replica.submit(Requests.greedy("r", 20, 3), recording);
        recording.await();
        replica.close();
        var steps = registry.get("dlora.step").tags("mode", "unmerged", "replica", "test").timer();
        assertThat(steps.count()).isEqualTo(3);
        assertThat(counter("dlora.rows", "adapter", "base")).isEqualTo(22);
        assertThat(counter("dlora.switches")).isZero();
    }

    @Test
    void requestsThatCanNeverBeServedAreRefused() {
        var stop = StopConditions.after(5);
        var greedy = SamplingParams.GREEDY;
        refused(Requests.of("r", "dog", 5, stop, greedy), "'dog'", "[ant, bee, cat]");
        refused(Requests.of("r", null, 0, stop, greedy), "no tokens");
        refused(Requests.of("r", null, 200, stop, greedy), "200 tokens", "can have 150");
        refused(Requests.of("r", null, 128, stop, greedy), "128 tokens", "9 KV blocks", "has 8");
        refused(Requests.greedy("r", 5, 0), "max_tokens", "not 0");
        var prompt = new int[] {1, FakeModel.VOCAB};
        refused(
                new GenerationRequest("r", AdapterRef.base(), prompt, greedy, stop, -1, -1, true),
                "id 48",
                "0 to 47");
        var bias = new SamplingParams(0, 1, 0, 0, 0, 0, 1, Map.of(99, 1.0), OptionalLong.empty());
        refused(Requests.of("r", null, 5, stop, bias), "logit_bias", "99");
        var stopTokens = new StopConditions(5, 0, false, Set.of(-1), List.of(), false);
        refused(Requests.of("r", null, 5, stopTokens, greedy), "stop_token_ids", "-1");
        var empty = new StopConditions(5, 0, false, Set.of(), List.of(""), false);
        refused(Requests.of("r", null, 5, empty, greedy), "stop string");
        var tooLong = new StopConditions(5, 0, false, Set.of(), List.of("x".repeat(257)), false);
        refused(Requests.of("r", null, 5, tooLong, greedy), "257 characters", "at most 256");
        var stops = IntStream.range(0, 65).mapToObj(String::valueOf).toList();
        var tooMany = new StopConditions(5, 0, false, Set.of(), stops, false);
        refused(Requests.of("r", null, 5, tooMany, greedy), "65 stop strings", "at most 64");
        assertThat(replica.load().waiting()).isZero();
    }

    @Test
    void measuresRequestsByAdapterAndOutcome() throws InterruptedException {
        replica.start();
        var first = new Recording();
        replica.submit(Requests.of("a", "bee", 5, unendingStop(3), SamplingParams.GREEDY), first);
        first.await();
        var second = new Recording();
        replica.submit(
                endless("b"),
                event -> {
                    second.on(event);
                    replica.cancel("b");
                });
        second.await();

        assertThat(counter("dlora.tokens.prompt", "adapter", "bee")).isEqualTo(5);
        assertThat(counter("dlora.tokens.output", "adapter", "bee")).isEqualTo(3);
        assertThat(counter("dlora.requests", "adapter", "bee", "outcome", "length")).isEqualTo(1);
        assertThat(counter("dlora.requests", "adapter", "base", "outcome", "cancelled"))
                .isEqualTo(1);
        for (var name : List.of("dlora.ttft", "dlora.tpot", "dlora.e2e")) {
            var timer = registry.get(name).tags("adapter", "bee", "replica", "test").timer();
            assertThat(timer.count()).as(name).isEqualTo(1);
            assertThat(timer.max(TimeUnit.SECONDS)).as(name).isPositive();
            assertThat(timer.takeSnapshot().histogramCounts()).as(name).hasSizeGreaterThan(10);
        }
        assertThat(registry.get("dlora.requests.running").gauge().value()).isZero();
        assertThat(registry.get("dlora.requests.waiting").gauge().value()).isZero();
        assertThat(registry.get("dlora.kv.usage").gauge().value()).isZero();
        assertThat(registry.get("dlora.preemptions").counter().count()).isZero();
    }

    private double counter(String name, String... tags) {
        return registry.get(name).tags(tags).counter().count();
    }

    private void refused(GenerationRequest request, String... parts) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> replica.submit(request, event -> {}))
                .satisfies(e -> assertThat(e.getMessage()).contains(parts));
    }

    private static Thread thread(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static GenerationRequest endless(String id) {
        return Requests.of(id, null, 5, unendingStop(1_000_000), SamplingParams.GREEDY);
    }

    private static StopConditions unendingStop(int maxTokens) {
        return new StopConditions(maxTokens, 0, true, Set.of(), List.of(), false);
    }

    private Replica replica(FakeModel model) {
        return replica(model.serve());
    }

    private Replica replica(ReplicaModel served) {
        var settings =
                new ReplicaSettings(
                        "test", new StepLimits(4, 64, 16), BLOCKS, DType.F32, 150, true);
        return new Replica(settings, served, SchedulingSettings.DEFAULT, registry);
    }
}
