package org.dlora.bench.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.engine.ReplicaRef;
import org.dlora.engine.SchedulingReport;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.ActiveAdapters;
import org.dlora.replica.Ends;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.ReplicaLoad;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The requests that make a replica run steps of a wanted shape, and which of the steps count. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StepDriverTest {
    private static final int VOCAB = 50;

    private final StepRecorder recorder = new StepRecorder();
    private final FakeReplica replica = new FakeReplica();
    private long clock;

    @Test
    void prefillsOnePromptAfterTheOtherAndCountsAllButTheLast() {
        replica.onSubmit = this::prefilled;

        driver(new ProfileShape(6, 20, 2, List.of())).prefill(3);

        assertThat(replica.requests).hasSize(4);
        assertThat(replica.requests)
                .allSatisfy(request -> {
                    assertThat(request.prompt()).hasSize(6);
                    assertThat(IntStream.of(request.prompt()))
                            .allMatch(token -> token >= 0 && token < VOCAB);
                    assertThat(request.adapter()).isEqualTo(AdapterRef.base());
                    assertThat(request.stop().maxTokens()).isEqualTo(1);
                });
        assertThat(recorded()).isEqualTo(3);
    }

    private void prefilled() {
        recorder.step(6, clock++);
        replica.token(replica.requests.size() - 1);
        replica.finish(replica.requests.size() - 1);
    }

    @Test
    void stepsAfterAPrefillDoNotCount() {
        replica.onSubmit = this::prefilled;
        driver(new ProfileShape(6, 20, 2, List.of())).prefill(1);
        recorder.step(6, clock++);
        recorder.step(6, clock++);
        assertThat(recorded()).isEqualTo(1);
    }

    /** Only steps in which all decode have as many rows as there are sequences, and no other. */
    @Test
    void decodeStepsCountFromTheLastFirstTokenToTheFirstEnd() {
        var shape = new ProfileShape(6, 20, 3, List.of("a", "b"));
        replica.onSubmit =
                () -> {
                    if (replica.requests.size() == 3) {
                        decode();
                    }
                };

        driver(shape).decode();

        assertThat(recorded()).isEqualTo(2);
        assertThat(replica.requests)
                .extracting(request -> request.adapter().toString())
                .containsExactly("a", "b", "a");
        assertThat(replica.requests).extracting(GenerationRequest::id).doesNotHaveDuplicates();
        assertThat(replica.requests)
                .allSatisfy(request -> {
                    assertThat(request.stop().maxTokens()).isEqualTo(shape.decodedTokens());
                    assertThat(request.stop().minTokens()).isEqualTo(shape.decodedTokens());
                    assertThat(request.stop().ignoreEos()).isTrue();
                });
    }

    private void decode() {
        replica.token(0);
        replica.token(1);
        replica.token(1);
        recorder.step(3, clock++); // Two decode beside a prompt of one row.
        recorder.step(3, clock++);
        replica.token(2);
        for (int i = 0; i < 3; i++) {
            recorder.step(3, clock++);
            IntStream.range(0, 3).forEach(replica::token);
        }
        replica.finish(1);
        recorder.step(3, clock++);
        recorder.step(3, clock++);
        replica.finish(0);
        replica.finish(2);
    }

    @Test
    void aRequestThatFailsEndsTheProfile() {
        replica.onSubmit =
                () ->
                        replica.listeners
                                .getLast()
                                .on(new Failed(FailureCode.REPLICA_FAULT, "no memory"));
        var driver = driver(new ProfileShape(6, 20, 2, List.of()));
        assertThatIllegalStateException()
                .isThrownBy(() -> driver.prefill(3))
                .withMessage("A step failed")
                .havingCause()
                .withMessage("no memory");
        assertThatIllegalStateException().isThrownBy(driver::decode).havingCause();
        assertThat(replica.requests).hasSize(1 + 2);
    }

    private int recorded() {
        return recorder.round(new Roofline(1, 1, 1)).steps().size();
    }

    private StepDriver driver(ProfileShape shape) {
        return new StepDriver(replica, recorder, shape, VOCAB);
    }

    /** A replica whose steps and events a test decides. */
    private static final class FakeReplica implements ReplicaRef {
        private final List<GenerationRequest> requests = new ArrayList<>();
        private final List<GenerationListener> listeners = new ArrayList<>();
        private Runnable onSubmit = () -> {};

        void token(int request) {
            listeners.get(request).on(new Token(1, "x", null));
        }

        void finish(int request) {
            listeners.get(request).on(Ends.finished(FinishReason.LENGTH, "", null, 6, 0, 1));
        }

        @Override
        public void submit(GenerationRequest request, GenerationListener listener) {
            requests.add(request);
            listeners.add(listener);
            onSubmit.run();
        }

        @Override
        public ActiveAdapters activeAdapters() {
            return ActiveAdapters.NONE;
        }

        @Override
        public void take(ReplicaCommand.Import sequence, GenerationListener listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void takeBack(ReplicaCommand.Resume sequence, GenerationListener listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void write(ReplicaCommand.WriteKv copies, GenerationListener listener) {}

        @Override
        public void tell(ReplicaCommand move) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void check(GenerationRequest request) {}

        @Override
        public CompletableFuture<Void> evict(String id) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String id() {
            return "fake";
        }

        @Override
        public CompletableFuture<Void> load(String id, AdapterWeights weights) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<Void> unload(String id) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<Void> schedule(SchedulingSettings settings) {
            throw new UnsupportedOperationException();
        }

        @Override
        public SchedulingReport scheduling(int lastSteps) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean has(String requestId) {
            return false;
        }

        @Override
        public void cancel(String requestId) {}

        @Override
        public ReplicaLoad load() {
            return new ReplicaLoad(id(), 0, 0, 1, 1);
        }

        @Override
        public boolean isServing() {
            return true;
        }

        @Override
        public void close() {}
    }
}
