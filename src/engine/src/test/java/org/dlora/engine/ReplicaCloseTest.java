package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.ReplicaEvent;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.kv.KvCopy;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.PrefixOwner;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.PolicySource;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Tests that callers who wait for a replica are answered, also while it closes and where it errs.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReplicaCloseTest {
    private static final int BLOCKS = 8;
    private static final ReplicaSettings SETTINGS =
            new ReplicaSettings("test", new StepLimits(4, 64, 16), BLOCKS, DType.F32, 100, true);

    private final FakeModel model = new FakeModel(BLOCKS);
    private final Replica replica =
            new Replica(
                    SETTINGS, model.serve(), SchedulingSettings.DEFAULT, new SimpleMeterRegistry());

    @Test
    void theMessagesBehindThatOfClosingAreRefused() throws InterruptedException {
        var inAStep = new CompletableFuture<Void>();
        var goOn = new CompletableFuture<Void>();
        model.beforeStep(_ -> {
            inAStep.complete(null);
            goOn.join();
        });
        replica.start();
        replica.submit(Requests.greedy("running", 5, 90), _ -> {});
        inAStep.join();
        var closer = Thread.ofPlatform().start(replica::close);
        while (closer.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        var late = new Recording();
        replica.submit(Requests.greedy("late", 5, 4), late);
        var loaded = replica.load("dog", "dog", FakeModel.terms("dog"));
        goOn.complete(null);
        closer.join();

        assertThat(late.events())
                .singleElement()
                .isEqualTo(new Failed(FailureCode.SHUTTING_DOWN, Mailbox.CLOSED));
        assertThat(loaded.handle((_, e) -> e).join()).hasMessageContaining(Mailbox.CLOSED);
        // Its terms are forgotten, so that the weights can be freed.
        assertThat(replica.load("dog", "dog", FakeModel.terms("dog")).handle((_, e) -> e).join())
                .hasMessageContaining(Mailbox.CLOSED);
        assertThat(replica.load().waiting()).isZero();
        assertThat(replica.has("late")).isFalse();
    }

    /** A sender of copies waits for some answers before it sends more. */
    @Test
    void copiesOfKvAreAnsweredAlsoWhenItCloses() throws InterruptedException {
        var inAStep = new CompletableFuture<Void>();
        var goOn = new CompletableFuture<Void>();
        var isHeldUp = new AtomicBoolean();
        model.beforeStep(_ -> {
            if (isHeldUp.get()) {
                inAStep.complete(null);
                goOn.join();
            }
        });
        replica.start();
        var answers = new LinkedBlockingQueue<ReplicaEvent.Move>();
        replica.write(copies(1), answersTo(answers));
        replica.write(copies(2), answersTo(answers));
        assertThat(answers.take()).isEqualTo(new ReplicaEvent.KvWritten("r", 5, 1));
        assertThat(answers.take()).isEqualTo(new ReplicaEvent.KvWritten("r", 5, 2));

        isHeldUp.set(true);
        replica.submit(Requests.greedy("running", 5, 90), _ -> {});
        inAStep.join();
        var closer = Thread.ofPlatform().start(replica::close);
        while (closer.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        replica.write(copies(3), answersTo(answers));
        goOn.complete(null);
        closer.join();

        assertThat(answers).containsExactly(new ReplicaEvent.KvWritten("r", 5, 3));
        assertThatIllegalStateException()
                .isThrownBy(() -> replica.write(copies(4), answersTo(answers)))
                .withMessage(Mailbox.CLOSED);
    }

    private static ReplicaCommand.WriteKv copies(int endBlock) {
        var tokens = new int[endBlock * KvBlocks.TOKENS];
        var copy =
                new KvCopy(
                        AdapterRef.base(),
                        PrefixOwner.SHARED,
                        tokens,
                        endBlock - 1,
                        0,
                        List.of(new byte[] {1}));
        return new ReplicaCommand.WriteKv("r", 5, copy);
    }

    private static GenerationListener answersTo(Queue<ReplicaEvent.Move> answers) {
        return new GenerationListener() {
            @Override
            public void on(GenerationEvent event) {
                throw new AssertionError("The request is not here: " + event);
            }

            @Override
            public void moved(ReplicaEvent.Move move) {
                answers.add(move);
            }
        };
    }

    @Test
    void adaptersThatCouldNotBeLoadedLeaveNothingBehind() {
        replica.start();
        replica.close();
        for (int i = 0; i < 2; i++) {
            assertThat(replica.load("dog", "dog", FakeModel.terms("dog")).handle((_, e) -> e))
                    .isCompletedWithValueMatching(e -> Mailbox.CLOSED.equals(e.getMessage()));
        }
    }

    @Test
    void aPolicyThatCannotBeginLeavesTheOldOneInForce() throws InterruptedException {
        replica.start();
        var bad = new SchedulingSettings(new NoPolicy(), SloLimits.NONE);

        var scheduled = replica.schedule(bad);

        assertThat(scheduled.handle((_, e) -> e).join()).hasMessageContaining("a test");
        assertThat(replica.scheduling(0).policy()).isEqualTo("unmerged");
        var next = new Recording();
        replica.submit(Requests.greedy("next", 5, 4), next);
        assertThat(Oracle.ignoringSteps(next.await()))
                .isEqualTo(Oracle.events(Requests.greedy("next", 5, 4), 100));
        replica.close();
    }

    private static final class NoPolicy implements PolicySource {
        @Override
        public String name() {
            return "none";
        }

        @Override
        public boolean mayMerge() {
            return false;
        }

        @Override
        public Policy<?> create() {
            throw new IllegalArgumentException("a test");
        }
    }

    @Test
    void futuresOfMessagesThatComeWhileItClosesComplete() throws InterruptedException {
        for (int i = 0; i < 300; i++) {
            var closing =
                    new Replica(
                            SETTINGS,
                            new FakeModel(BLOCKS).serve(),
                            SchedulingSettings.DEFAULT,
                            new SimpleMeterRegistry());
            closing.start();
            var futures = new ArrayList<CompletableFuture<Void>>();
            var asking =
                    Thread.ofPlatform()
                            .start(() -> {
                                for (int k = 0; k < 4 || closing.isServing(); k++) {
                                    futures.add(closing.unload("none" + k));
                                    futures.add(closing.schedule(SchedulingSettings.DEFAULT));
                                }
                            });
            closing.close();
            asking.join();
            assertThat(futures).allMatch(CompletableFuture::isDone);
        }
    }
}
