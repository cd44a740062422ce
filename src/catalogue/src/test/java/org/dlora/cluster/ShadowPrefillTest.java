package org.dlora.cluster;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.shadow.ShadowRuns;
import org.dlora.cluster.ClusterTest.FakeReplica;
import org.dlora.cluster.facts.Arrival;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.cluster.facts.RequestObserver;
import org.dlora.cluster.facts.ShadowFacts;
import org.dlora.cluster.facts.ShadowOutcome;
import org.dlora.cluster.requests.ShadowRequest;
import org.dlora.cluster.requests.Submission;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.engine.ReplicaFigures;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.dispatch.DispatchPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rows that the prefill of a shadow takes, on a replica with steps of 32 rows. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ShadowPrefillTest {
    private final BlockingQueue<ShadowFacts> told = new LinkedBlockingQueue<>();
    private final FakeReplica replica = new FakeReplica("first", 1000);
    private final CpuDevice device = new CpuDevice();
    private final Catalogue catalogue =
            new Catalogue(
                    "base",
                    List.of(
                            TinyAdapter.served("bee#1", "bee"),
                            TinyAdapter.served("cat#1", "cat")));
    private final AdapterMemory memory =
            TinyMemory.of(
                    device,
                    List.of(replica),
                    List.of(
                            TinyAdapter.served("bee#1", "bee"),
                            TinyAdapter.served("cat#1", "cat")));
    private final Cluster cluster =
            new Cluster(
                    List.of(replica),
                    List.of(memory),
                    100,
                    catalogue,
                    SchedulingSettings.DEFAULT,
                    DispatchPolicy.PREDICTED_FINISH.rule(),
                    List.of(
                            new RequestObserver() {
                                @Override
                                public void ended(RequestFacts facts) {}

                                @Override
                                public void shadowed(ShadowFacts facts) {
                                    told.add(facts);
                                }
                            }));

    @BeforeEach
    void runShadows() {
        cluster.shadowBy(
                new ShadowRuns(cluster.pool(), cluster.requests(), catalogue, cluster.observer()));
    }

    @BeforeEach
    void limit() {
        replica.figures =
                new ReplicaFigures(
                        "cpu", CostModel.UNCALIBRATED, new StepLimits(4, 32, 16), Mode.unmerged());
    }

    @AfterEach
    void close() {
        replica.close();
        memory.close();
    }

    /** Submits a request whose shadow has a prompt of the same length. */
    private void submit(String id, int tokens) {
        var request = request(id, "bee", tokens);
        var choice = catalogue.choose("bee", null, () -> 0).orElseThrow();
        var shadow = catalogue.choose("cat", null, () -> 0).orElseThrow();
        cluster.submit(
                List.of(
                        new Submission(
                                request,
                                _ -> {},
                                Arrival.now(Clock.systemUTC(), null),
                                choice,
                                new ShadowRequest("", shadow, request.prompt()))));
    }

    private static GenerationRequest request(String id, String adapter, int tokens) {
        return new GenerationRequest(
                id,
                AdapterRef.of(adapter),
                new int[tokens],
                SamplingParams.GREEDY,
                StopConditions.after(9),
                -1,
                -1,
                true);
    }

    private void other(String id, int tokens) {
        cluster.submit(request(id, "bee", tokens), _ -> {});
    }

    private void token(String id) {
        replica.tell(id, new Token(1, "t", null));
    }

    private ShadowOutcome outcome() throws InterruptedException {
        return requireNonNull(told.poll(30, TimeUnit.SECONDS)).outcome();
    }

    @Test
    void aPromptThatFitsBesideItsClientsRunsInTheSameStep() {
        submit("a", 16);
        assertThat(replica.has("a-shadow")).isTrue();
        other("b", 1);
        assertThat(replica.cancelled).containsExactly("a-shadow");
    }

    @Test
    void aLongPromptStartsWhenThatOfItsClientIsDone() {
        submit("a", 100);
        assertThat(replica.has("a-shadow")).isFalse();
        token("a");
        await().until(() -> replica.has("a-shadow"));
        token("a");
        assertThat(replica.cancelled).isEmpty();
        assertThat(told).isEmpty();
    }

    @Test
    void aLongPromptGivesWayToARequestThatComesDuringItsPrefill() throws Exception {
        submit("a", 100);
        token("a");
        await().until(() -> replica.has("a-shadow"));
        other("b", 8);
        assertThat(outcome()).isEqualTo(ShadowOutcome.YIELDED);
        assertThat(replica.cancelled).containsExactly("a-shadow");
    }

    @Test
    void aShortPromptGoesOnBesideARequestThatFitsIntoItsStep() {
        submit("a", 8);
        other("b", 8);
        other("c", 8);
        assertThat(replica.has("a-shadow")).isTrue();
        assertThat(replica.cancelled).isEmpty();
        other("d", 1);
        assertThat(replica.cancelled).as("more sequences than places").contains("a-shadow");
    }

    @Test
    void aShadowThatHasATokenTakesOneRowAndGoesOn() {
        submit("a", 16);
        token("a");
        token("a-shadow");
        other("b", 100);
        assertThat(replica.cancelled).isEmpty();
    }

    @Test
    void aPreemptedRequestCountsWholeUntilItsNextToken() throws Exception {
        other("b", 23);
        token("b");
        submit("a", 8);
        token("a");
        assertThat(replica.has("a-shadow")).isTrue();
        assertThat(replica.cancelled).isEmpty();
        replica.preempt("b");
        token("a");
        assertThat(outcome()).isEqualTo(ShadowOutcome.YIELDED);
        assertThat(replica.cancelled).containsExactly("a-shadow");
    }

    @Test
    void aPreemptedShadowGivesWayToPromptsItWouldTakeRowsFrom() throws Exception {
        submit("a", 16);
        token("a");
        token("a-shadow");
        other("b", 16);
        replica.preempt("a-shadow");
        assertThat(outcome()).isEqualTo(ShadowOutcome.YIELDED);
    }

    @Test
    void aLongPromptIsDroppedWhereOthersArePrefilled() throws Exception {
        submit("a", 100);
        other("b", 50);
        token("a");
        assertThat(outcome()).isEqualTo(ShadowOutcome.NO_ROOM);
        assertThat(replica.has("a-shadow")).isFalse();
    }

    @Test
    void aShadowWhoseClientFailsInItsPrefillNeverStarts() throws Exception {
        submit("a", 100);
        cluster.cancel("a");
        replica.end("a", new Failed(FailureCode.NO_TOKEN_POSSIBLE, "a test"));
        assertThat(outcome()).isEqualTo(ShadowOutcome.CLIENT_ENDED);
        assertThat(replica.has("a-shadow")).isFalse();
    }
}
