package org.dlora.api.openai.call;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.dlora.api.openai.Events;
import org.dlora.api.openai.answer.Transcript;
import org.dlora.api.openai.call.RunningCall.Emission;
import org.dlora.api.web.ApiException;
import org.dlora.cluster.ClusterLoad;
import org.dlora.cluster.GenerationService;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.facts.Arrival;
import org.dlora.cluster.requests.QueueFullException;
import org.dlora.cluster.requests.Submission;
import org.dlora.cluster.residency.NoReplicaException;
import org.dlora.constraint.ConstraintMemoryException;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.dlora.security.limits.LimitObserver;
import org.dlora.security.limits.Limited;
import org.dlora.security.limits.Limiter;
import org.dlora.security.limits.Limits;
import org.dlora.security.limits.UsageCount;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.http.HttpStatus;
import reactor.core.scheduler.Schedulers;

/** The events of a call's sequences come in order, and closing it ends what is unfinished. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RunningCallTest {
    private static final GenerationEvent END = Events.finished(FinishReason.LENGTH, 1, 1);

    private final Service service = new Service();

    @Test
    void aCallEndsWithItsLastSequence() {
        var call = submit("a", "b");
        service.say("a", Events.token('x'));
        service.say("b", END);
        service.say("a", Events.token('y'));
        service.say("a", new Failed(FailureCode.REPLICA_FAULT, "No."));

        assertThat(events(call))
                .containsExactly(
                        new Emission(0, Events.token('x')),
                        new Emission(1, END),
                        new Emission(0, Events.token('y')),
                        new Emission(0, new Failed(FailureCode.REPLICA_FAULT, "No.")));
        call.close();
        assertThat(service.cancelled).isEmpty();
    }

    /** A client that has its answer comes again, and must find its place free. */
    @Test
    void aCallIsSettledBeforeItsLastEventIsSent() {
        var limiter =
                new Limiter(() -> Instant.EPOCH, () -> 0, LimitObserver.NONE, Limited::limits);
        var key = new Limited(Limited.Kind.KEY, "k", Limits.NONE);
        var running = new ArrayList<Long>();
        var call =
                RunningCall.submit(
                        service,
                        new CallUsage(limiter.admit(List.of(key), 9), 1, 1),
                        List.of(request("a")),
                        Arrival.now(Clock.systemUTC(), null));
        var _ =
                call.emissions(Schedulers.immediate())
                        .subscribe(_ -> running.add(limiter.usage(key).running()));
        service.say("a", Events.token('x'));
        service.say("a", END);
        assertThat(running).containsExactly(1L, 0L);
        assertThat(limiter.usage(key).day()).isEqualTo(new UsageCount(1, 2));
    }

    /** A sequence may end while the others are being submitted. */
    @Test
    void aSequenceThatEndsAtOnceDoesNotEndTheCall() {
        service.endsAtOnce = "a";
        var call = submit("a", "b");
        service.say("b", END);
        assertThat(events(call)).containsExactly(new Emission(0, END), new Emission(1, END));
    }

    @Test
    void closingCancelsTheSequencesThatHaveNotEnded() {
        var call = submit("a", "b", "c");
        service.say("b", END);
        call.close();
        assertThat(service.cancelled).containsExactlyInAnyOrder("a", "c");
    }

    @Test
    void aRefusalOfTheEngineIsSaidInItsStatus() {
        assertRefused(
                new QueueFullException(3, 2), HttpStatus.TOO_MANY_REQUESTS, "The queue is full");
        assertRefused(
                new ConstraintMemoryException(3 << 20, 1 << 20, 4 << 20),
                HttpStatus.TOO_MANY_REQUESTS,
                "The constraints of unfinished requests take 3 MiB of memory, the limit is 4 MiB");
        assertRefused(
                new NoSuchAdapterException("upper"),
                HttpStatus.NOT_FOUND,
                "Adapter 'upper' is not loaded, or not any more.");
        assertRefused(
                new IllegalStateException("stopping"), HttpStatus.SERVICE_UNAVAILABLE, "stopping");
        assertRefused(new IllegalArgumentException("long"), HttpStatus.BAD_REQUEST, "long");
    }

    @Test
    void aRefusalForWantOfAReplicaSaysWhenToComeAgain() {
        service.failure = new NoReplicaException();
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> submit("a"))
                .withMessageStartingWith("No replica is serving")
                .satisfies(e -> {
                    assertThat(e.status()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
                    assertThat(e.body().error().code()).isEqualTo("not_ready");
                    assertThat(e.retryAfter()).contains(Duration.ofSeconds(1));
                });
    }

    private void assertRefused(RuntimeException failure, HttpStatus status, String message) {
        service.cancelled.clear();
        service.failure = failure;
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> submit("a", "b"))
                .withMessageStartingWith(message)
                .satisfies(e -> assertThat(e.status()).isEqualTo(status));
        // Part of the call may have been taken.
        assertThat(service.cancelled).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void aDefectOfTheEngineLeavesNothingBehind() {
        service.failure = new UnsupportedOperationException("a test");
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> submit("a"));
        assertThat(service.cancelled).containsExactly("a");
    }

    @Test
    void eventsOfManyThreadsAreAllThereAndInTheirOrder() throws InterruptedException {
        var ids = List.of("a", "b", "c", "d");
        var call = submit(ids.toArray(String[]::new));
        var go = new CountDownLatch(1);
        var threads =
                ids.stream()
                        .map(id ->
                                Thread.ofPlatform()
                                        .start(() -> {
                                            await(go);
                                            for (char c = 0; c < 2000; c++) {
                                                service.say(id, Events.token(c));
                                            }
                                            service.say(id, END);
                                        }))
                        .toList();
        go.countDown();
        var events = events(call);
        for (var thread : threads) {
            thread.join();
        }
        assertThat(events).hasSize(4 * 2001);
        for (int i = 0; i < 4; i++) {
            int index = i;
            assertThat(events.stream().filter(one -> one.index() == index).map(Emission::event))
                    .containsExactlyElementsOf(allOfOne());
        }
    }

    private static List<GenerationEvent> allOfOne() {
        var all = new ArrayList<GenerationEvent>();
        IntStream.range(0, 2000).forEach(c -> all.add(Events.token((char) c)));
        all.add(END);
        return all;
    }

    @Test
    void aTranscriptOfASequenceThatNeverEndedIsADefect() {
        var call = submit("a", "b");
        service.say("a", END);
        service.say("b", END);
        var whole =
                Transcript.collect(call.emissions(Schedulers.immediate()), 3)
                        .block(Duration.ofSeconds(20));
        var third = requireNonNull(whole).get(2);
        assertThatIllegalStateException().isThrownBy(third::finishReason);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Emission> events(RunningCall call) {
        var events =
                call.emissions(Schedulers.boundedElastic())
                        .collectList()
                        .block(Duration.ofSeconds(20));
        return events == null ? List.of() : events;
    }

    private RunningCall submit(String... ids) {
        return RunningCall.submit(
                service,
                Arrays.stream(ids).map(RunningCallTest::request).toList(),
                Arrival.now(Clock.systemUTC(), null));
    }

    private static GenerationRequest request(String id) {
        return new GenerationRequest(
                id,
                AdapterRef.base(),
                new int[] {1},
                SamplingParams.GREEDY,
                new StopConditions(9, 0, false, Set.of(), List.of(), false),
                -1,
                -1,
                true);
    }

    /** Takes calls, or throws what the test wants after it has taken them. */
    private static final class Service implements GenerationService {
        private final List<String> cancelled = new ArrayList<>();
        private List<Submission> call = List.of();
        private @Nullable RuntimeException failure;
        private String endsAtOnce = "";

        @Override
        public void submit(List<Submission> submitted) {
            call = submitted;
            if (failure != null) {
                throw failure;
            }
            if (!endsAtOnce.isEmpty()) {
                say(endsAtOnce, END);
            }
        }

        void say(String id, GenerationEvent event) {
            for (var one : call) {
                if (one.request().id().equals(id)) {
                    one.listener().on(event);
                }
            }
        }

        @Override
        public void cancel(String requestId) {
            cancelled.add(requestId);
        }

        @Override
        public ClusterLoad load() {
            return new ClusterLoad(0, 0, 1, 1, List.of(), List.of());
        }

        @Override
        public boolean isServing() {
            return true;
        }
    }
}
