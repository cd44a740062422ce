package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dlora.engine.delivery.Outbox;
import org.dlora.engine.meters.EngineObserver;
import org.dlora.replica.MergeOutcome;
import org.dlora.replica.RecordedStep;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;

/** An error anywhere around a step fails sequences, and the replica serves the next ones. */
class EngineFaultTest {
    private static final int BLOCKS = 8;
    private static final ReplicaSettings SETTINGS =
            new ReplicaSettings(
                    "test", new StepLimits(4, 64, 16), BLOCKS, DType.F32, BLOCKS * 16, true);

    private final AtomicBoolean failing = new AtomicBoolean(true);

    @Test
    void anErrorInPlanningFailsTheSequencesAndTheEngineGoesOn() {
        var plans =
                Plans.of(snapshot -> {
                    if (failing.getAndSet(false)) {
                        throw new StackOverflowError("no stack at 0x7f");
                    }
                    return Plans.inOrder(snapshot);
                });
        serveAfterAFault(
                new Engine(SETTINGS, new FakeModel(BLOCKS).serve(), plans, EngineObserver.NONE),
                "could not plan a step");
    }

    @Test
    void anErrorAfterCompletionFailsTheSequencesAndTheEngineGoesOn() {
        var engine =
                new Engine(
                        SETTINGS,
                        new FakeModel(BLOCKS).serve(),
                        SchedulingSettings.DEFAULT,
                        new FaultyObserver());
        serveAfterAFault(engine, "could not complete a step");
    }

    private static void serveAfterAFault(Engine engine, String message) {
        var failed = new Recording();
        engine.submit(Requests.greedy("failed", 40, 9), failed);
        assertThat(engine.step()).isFalse();
        assertThat(failed.last()).isInstanceOf(Failed.class);
        var failure = (Failed) failed.last();
        assertThat(failure.code()).isEqualTo(FailureCode.REPLICA_FAULT);
        assertThat(failure.message()).contains(message).doesNotContain("0x7f");
        assertThat(engine.isIdle()).isTrue();
        engine.verify();

        var request = Requests.greedy("next", 20, 5);
        var next = new Recording();
        engine.submit(request, next);
        while (!engine.isIdle()) {
            assertThat(engine.step()).isTrue();
        }
        assertThat(Oracle.ignoringSteps(next.events()))
                .isEqualTo(Oracle.events(request, BLOCKS * 16));
        assertThat(engine.status().load().freeBlocks()).isEqualTo(BLOCKS);
    }

    @Test
    void anErrorInDeliveryLosesNoOtherEvent() throws InterruptedException {
        var told = new ArrayList<GenerationEvent>();
        var outbox =
                new Outbox(
                        "test",
                        request ->
                                event -> {
                                    if (request.equals("bad")) {
                                        throw new StackOverflowError("a test");
                                    }
                                    told.add(event);
                                });
        outbox.start();
        var token = new Token(1, "a", null);
        for (int i = 0; i < 40; i++) {
            outbox.of("bad").on(token);
            outbox.of("good").on(token);
            outbox.send();
        }
        outbox.close();
        outbox.thread().join();
        assertThat(told).isEqualTo(Collections.nCopies(40, token));
    }

    private final class FaultyObserver implements EngineObserver {
        @Override
        public void preempted() {}

        @Override
        public void began(int promptTokens, int cachedTokens) {}

        @Override
        public void served(AdapterRef adapter, int rows) {}

        @Override
        public void ran(RecordedStep step) {
            if (failing.getAndSet(false)) {
                throw new StackOverflowError("no stack at 0x7f");
            }
        }

        @Override
        public void built(MergeOutcome outcome, double seconds) {}
    }
}
