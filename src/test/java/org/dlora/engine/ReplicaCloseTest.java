package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import org.dlora.replica.FailureCode;
import org.dlora.replica.GenerationEvent.Failed;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.PolicySource;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever waits for a replica is answered, also while it closes and where it errs. */
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
