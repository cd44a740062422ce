package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.dlora.device.LoraTerm;
import org.dlora.engine.meters.EngineObserver;
import org.dlora.engine.weights.AdapterTerms;
import org.dlora.model.LayerSite;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.replica.request.StepCounts;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Adapters come and go on a replica while requests use them. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReplicaAdaptersTest {
    private static final int BLOCKS = 8;

    private final FakeModel model = new FakeModel(BLOCKS);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Replica replica =
            new Replica(
                    new ReplicaSettings(
                            "test", new StepLimits(2, 64, 16), BLOCKS, DType.F32, 100, true),
                    model.serve(),
                    SchedulingSettings.DEFAULT,
                    registry);

    @AfterEach
    void close() {
        replica.close();
    }

    @Test
    void requestsRunningWaitingAndInTheMailboxEndBeforeAnAdapterIsLetGo()
            throws InterruptedException {
        var step = new Pause(model);
        replica.start();
        var weights = new FreedTerms("dog");
        replica.load("dog", "dog", weights).join();
        var requests = new ArrayList<GenerationRequest>();
        var recordings = new ArrayList<Recording>();
        for (int i = 0; i < 6; i++) { // Two run, the others wait or lie in the mailbox.
            requests.add(request("r" + i, "dog"));
            recordings.add(new Recording());
            replica.submit(requests.get(i), recordings.get(i));
        }
        step.reached.join();
        var unloaded = replica.unload("dog").thenRun(() -> weights.freed = true);
        assertThat(unloaded).isNotDone();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> replica.submit(request("late", "dog"), event -> {}))
                .withMessageContaining("'dog' is not loaded; loaded are [ant, bee, cat]");
        step.goOn.complete(null);
        for (int i = 0; i < 6; i++) {
            assertThat(Oracle.ignoringSteps(recordings.get(i).await()))
                    .isEqualTo(Oracle.events(requests.get(i), 100));
        }
        unloaded.join();
        var other = new Recording();
        replica.submit(request("other", "ant"), other);
        assertThat(Oracle.ignoringSteps(other.await()))
                .isEqualTo(Oracle.events(request("other", "ant"), 100));
    }

    @Test
    void twoVersionsRunInOneBatchEachForTheRequestsItBeganWith() throws InterruptedException {
        var step = new Pause(model);
        replica.start();
        replica.load("do1", "dog", FakeModel.terms("do1")).join();
        var old = new Recording();
        replica.submit(request("old", "do1"), old);
        step.reached.join();
        var loaded = replica.load("do2", "dog", FakeModel.terms("do2"));
        var unloaded = replica.unload("do1");
        var young = new Recording();
        step.goOn.complete(null);
        loaded.join();
        replica.submit(request("young", "do2"), young);
        assertThat(Oracle.ignoringSteps(old.await()))
                .isEqualTo(Oracle.events(request("old", "do1"), 100));
        assertThat(Oracle.ignoringSteps(young.await()))
                .isEqualTo(Oracle.events(request("young", "do2"), 100));
        unloaded.join();
        assertThat(registry.get("dlora.e2e").tag("adapter", "dog").timer().count()).isEqualTo(2);
    }

    @Test
    void anUnloadThatIsUnderWayTakesNothingFromALaterLoad() throws InterruptedException {
        var step = new Pause(model);
        replica.start();
        var first = new Recording();
        replica.submit(request("first", "ant"), first);
        step.reached.join();
        var unloaded = replica.unload("dog");
        var loaded = replica.load("dog", "dog", FakeModel.terms("dog"));
        assertThat(unloaded).isNotDone();
        step.goOn.complete(null);
        unloaded.join();
        loaded.join();
        var second = new Recording();
        replica.submit(request("second", "dog"), second);
        assertThat(Oracle.ignoringSteps(second.await()))
                .isEqualTo(Oracle.events(request("second", "dog"), 100));
        assertThat(first.await().getLast()).isInstanceOf(Finished.class);
    }

    @Test
    void metersGoWithTheLastVersionOfAName() throws InterruptedException {
        replica.start();
        var before = meters();
        for (int i = 0; i < 3; i++) {
            replica.load("do1", "dog", FakeModel.terms("do1")).join();
            replica.load("do2", "dog", FakeModel.terms("do2")).join();
            var recording = new Recording();
            replica.submit(request("r", "do1"), recording);
            recording.await();
            replica.unload("do1").join();
            assertThat(registry.get("dlora.e2e").tag("adapter", "dog").timer().count())
                    .isEqualTo(1);
            replica.unload("do2").join();
            assertThat(meters()).isEqualTo(before);
        }
    }

    @Test
    void metersOfTheBaseModelOutliveAnAdapterThatIsCalledBase() throws InterruptedException {
        replica.start();
        replica.load("base#1", "base", FakeModel.terms("dog")).join();
        for (var adapter : Arrays.asList(null, "base#1")) {
            var recording = new Recording();
            replica.submit(request("r", adapter), recording);
            recording.await();
        }
        assertThat(ended("base (adapter)")).isEqualTo(1);
        replica.unload("base#1").join();
        assertThat(ended("base")).isEqualTo(1);
        assertThat(registry.find("dlora.requests").tag("adapter", "base (adapter)").counters())
                .isEmpty();
    }

    private double ended(String label) {
        return registry.get("dlora.requests").tag("adapter", label).counter().count();
    }

    @Test
    void cancellingTheLastRequestLetsTheAdapterGo() throws InterruptedException {
        replica.start();
        replica.load("dog", "dog", FakeModel.terms("dog")).join();
        var recording = new Recording();
        replica.submit(request("r", "dog", 1_000_000), recording);
        var unloaded = replica.unload("dog");
        replica.cancel("r");
        unloaded.join();
        // Told by a thread of its own, so perhaps only now.
        assertThat(recording.await()).last().isInstanceOf(Finished.class);
    }

    @Test
    void anEndedReplicaHoldsNothingAndTakesNothing() {
        var step = new Pause(model);
        replica.start();
        replica.load("dog", "dog", FakeModel.terms("dog")).join();
        var recording = new Recording();
        replica.submit(request("r", "dog"), recording);
        step.reached.join();
        var leaving = replica.unload("dog");
        var twice = replica.unload("dog");
        var closing = Thread.ofPlatform().start(replica::close);
        assertThat(leaving).isNotDone();
        step.goOn.complete(null);
        leaving.join();
        twice.join();
        awaitEnd(closing);
        assertThat(recording.isEnded()).isTrue();
        assertThat(replica.unload("ant")).isCompleted();
        assertThat(replica.load("eel", "eel", FakeModel.terms("eel"))).isCompletedExceptionally();
    }

    @Test
    void anIdNamesOneLoadOnly() {
        replica.start();
        assertThatThrownBy(() -> replica.load("ant", "ant", FakeModel.terms("ant")).join())
                .hasMessageContaining("ant is in use");
        replica.unload("unknown").join();
    }

    @Test
    void aRequestThatComesTooLateForItsAdapterFailsAlone() {
        var engine =
                new Engine(
                        new ReplicaSettings(
                                "test", new StepLimits(2, 64, 16), BLOCKS, DType.F32, 100, true),
                        model.serve(),
                        SchedulingSettings.DEFAULT,
                        EngineObserver.NONE);
        engine.unload("bee");
        var late = new Recording();
        engine.submit(request("late", "bee"), late);
        assertThat(late.events())
                .containsExactly(
                        new Failed(
                                FailureCode.ADAPTER_NOT_LOADED,
                                "Adapter bee has been unloaded",
                                new SequenceUsage(5, 0, 0, 0, StepCounts.NONE)));
        assertThat(engine.isIdle()).isTrue();
    }

    @Test
    void warmsUpWithTheAdaptersOfTheMoment() {
        replica.start();
        var used = new FreedTerms("dog");
        replica.load("dog", "dog", used).join();
        for (var other : List.of("ant", "bee", "cat")) {
            replica.unload(other).join();
        }
        replica.warmUp(() -> {});
        assertThat(used.reads).isPositive();
    }

    private Set<Meter.Id> meters() {
        return Set.copyOf(registry.getMeters().stream().map(Meter::getId).toList());
    }

    private static void awaitEnd(Thread thread) {
        while (thread.isAlive()) {
            Thread.onSpinWait();
        }
    }

    private static GenerationRequest request(String id, @Nullable String adapter) {
        return request(id, adapter, 12);
    }

    private static GenerationRequest request(String id, @Nullable String adapter, int tokens) {
        var stop = new StopConditions(tokens, 0, true, Set.of(), List.of(), false);
        return Requests.of(id, adapter, 5, stop, SamplingParams.GREEDY);
    }

    /** Holds the first step of an adapter's request until told. */
    private static final class Pause {
        private final CompletableFuture<Void> reached = new CompletableFuture<>();
        private final CompletableFuture<Void> goOn = new CompletableFuture<>();

        Pause(FakeModel model) {
            model.beforeStep(batch -> {
                reached.complete(null);
                goOn.join();
            });
        }
    }

    /** Weights that may not be read once they are freed. */
    private static final class FreedTerms implements AdapterTerms {
        private final AdapterTerms terms;
        private volatile boolean freed;
        private int reads;

        FreedTerms(String name) {
            terms = FakeModel.terms(name);
        }

        @Override
        public List<LoraTerm> at(LayerSite at) {
            if (freed) {
                throw new AssertionError("Read after it was freed");
            }
            reads++;
            return Objects.requireNonNull(terms.at(at));
        }
    }
}
