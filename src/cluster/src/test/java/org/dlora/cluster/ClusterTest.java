package org.dlora.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.facts.Arrival;
import org.dlora.cluster.replicas.ReplicaCondition;
import org.dlora.cluster.requests.QueueFullException;
import org.dlora.cluster.requests.QueueLimits;
import org.dlora.cluster.requests.Submission;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.constraint.ConstraintDefinition;
import org.dlora.constraint.ConstraintMemoryException;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.engine.ReplicaFigures;
import org.dlora.engine.ReplicaRef;
import org.dlora.engine.SchedulingReport;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.ActiveAdapters;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.ReplicaEvent;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.HeldBytes;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.replica.request.StepCounts;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.TeamRef;
import org.dlora.scheduling.dispatch.DispatchPolicy;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClusterTest {
    private static final Failed FAULT = new Failed(FailureCode.REPLICA_FAULT, "a test");

    private final FakeReplica first = new FakeReplica("first", 10);
    private final FakeReplica second = new FakeReplica("second", 20);
    private final CpuDevice device = new CpuDevice();
    private final ServedAdapter bee = TinyAdapter.served("bee#1", "bee");
    private final AdapterMemory memory =
            TinyMemory.of(device, List.of(first, second), List.of(bee));
    private final ServedNames names = new ServedNames("base", List.of(bee));
    private final Cluster cluster = cluster(4);

    @AfterEach
    void close() {
        List.of(first, second).forEach(FakeReplica::close);
        memory.close();
        assertThat(device.bytes()).isZero();
    }

    private Cluster cluster(int maxQueue) {
        return new Cluster(
                List.of(first, second),
                List.of(memory),
                maxQueue,
                names,
                SchedulingSettings.DEFAULT);
    }

    /** Publishes a version of {@code bee} that is resident. */
    private CompletableFuture<Void> publish(int version) {
        var next = TinyAdapter.served("bee#" + version, "bee");
        var gone = names.change(cluster, next);
        memory.makeResident(next.id()).join();
        return gone;
    }

    @Test
    void sendsEachRequestToTheLeastLoadedReplicaAndToMoreFreeBlocksAmongEquals() {
        submit("a");
        submit("b");
        submit("c");
        assertThat(second.unfinished).containsOnlyKeys("a", "c");
        assertThat(first.unfinished).containsOnlyKeys("b");

        second.end("a");
        second.end("c");
        submit("d");
        assertThat(second.unfinished).containsOnlyKeys("d");
    }

    @Test
    void refusesMoreWaitingRequestsThanTheQueueHolds() {
        List.of("a", "b", "c", "d").forEach(this::submit);
        assertThatExceptionOfType(QueueFullException.class)
                .isThrownBy(() -> submit("e"))
                .withMessageContaining("4 requests are waiting")
                .withMessageContaining("limit is 4");
        first.running = 1;
        submit("e");
        assertThat(cluster.loads().stream().mapToInt(ReplicaLoad::waiting).sum()).isEqualTo(4);
    }

    /** A replica tells the choices of a call by it. */
    @Test
    void choicesOfACallComeToReplicasWithOneArrayOfTokens() {
        var request = request("a", "bee");
        var arrival = Arrival.now(Clock.systemUTC(), null).with("key", "red");
        cluster.submit(
                Stream.of("a", "b", "c", "d")
                        .map(id -> new Submission(request.withId(id), event -> {}, arrival))
                        .toList());
        var prompts = Stream.concat(first.prompts.stream(), second.prompts.stream()).toList();
        assertThat(prompts).hasSize(4);
        assertThat(prompts).allSatisfy(its -> assertThat(its).isSameAs(request.prompt()));
    }

    @Test
    void cancelsWhereTheRequestIs() {
        submit("a");
        submit("b");
        cluster.cancel("a");
        cluster.cancel("unknown");
        assertThat(second.cancelled).containsExactly("a");
        assertThat(first.cancelled).isEmpty();
    }

    @Test
    void forgetsARequestThatHasEnded() {
        submit("a");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> submit("a"))
                .withMessageContaining("id a");
        second.end("a");
        cluster.cancel("a");
        assertThat(second.cancelled).isEmpty();
        submit("a");
    }

    /** From its submission to its last event, so that no replica finds it gone. */
    @Test
    void keepsTheConstraintOfARequestCompiled() {
        var kept = new HashSet<ConstraintDefinition>();
        cluster.keepConstraintsBy(definition -> {
            kept.add(definition);
            return () -> kept.remove(definition);
        });
        List.of("a", "b", "c", "d").forEach(this::submitConstrained);
        assertThat(kept).hasSize(4);
        assertThatExceptionOfType(QueueFullException.class)
                .isThrownBy(() -> submitConstrained("e"));
        assertThat(kept).hasSize(4);
        second.end("a");
        first.end("b", new Failed(FailureCode.LOGITS_NOT_FINITE, "a test"));
        assertThat(kept)
                .containsExactlyInAnyOrder(
                        new ConstraintDefinition.Text("c"), new ConstraintDefinition.Text("d"));
    }

    @Test
    void aRequestWithoutMemoryForItsConstraintLeavesNothing() {
        cluster.keepConstraintsBy(_ -> {
            throw new ConstraintMemoryException(3, 2, 4);
        });
        assertThatExceptionOfType(ConstraintMemoryException.class)
                .isThrownBy(() -> submitConstrained("a"));
        assertThat(cluster.unfinished()).isZero();
        submit("a");
        assertThat(cluster.unfinished()).isEqualTo(1);
    }

    private void submitConstrained(String id) {
        var constraint = new ConstraintDefinition.Text(id);
        cluster.submit(request(id, null).withConstraint(constraint), event -> {});
    }

    @Test
    void refusesAnAdapterThatIsNotLoaded() {
        assertThatExceptionOfType(NoSuchAdapterException.class)
                .isThrownBy(() -> cluster.submit(request("a", "unknown"), event -> {}))
                .withMessageContaining("'unknown'");
        submit("a");
    }

    @Test
    void refusalsOfAReplicaArePassedOn() {
        second.refusing = true;
        assertThatIllegalArgumentException()
                .isThrownBy(() -> submit("a"))
                .withMessageContaining("refused");
        second.refusing = false;
        submit("a");
    }

    @Test
    void aRequestGoesToTheVersionThatItsNameStandsForAtThatMoment() {
        cluster.submit(request("a", "bee"), event -> {});
        var gone = publish(2);
        cluster.submit(request("b", "bee"), event -> {});
        cluster.submit(request("c", "bee"), event -> {});
        assertThat(second.adapters).contains("bee#1", "bee#2");
        assertThat(first.adapters).contains("bee#2").doesNotContain("bee#1");
        assertThat(gone).isNotDone();
        first.gone.complete(null);
        assertThat(gone).isNotDone();
        second.gone.complete(null);
        assertThat(gone).as("a request runs with it").isNotDone();
        second.end("a");
        gone.join();
        assertThat(second.adapters).containsSubsequence("bee#1", "evict bee#1", "unload bee#1");
    }

    @Test
    void requestsForAnAdapterThatIsNotResidentWaitInOrderAndCountInTheQueue() throws Exception {
        var next = TinyAdapter.served("bee#2", "bee");
        first.loads = new CompletableFuture<>();
        var _ = names.change(cluster, next);
        var events = new LinkedBlockingQueue<GenerationEvent>();
        for (var id : List.of("a", "b", "c", "d")) {
            cluster.submit(request(id, "bee"), events::add);
        }
        assertThatExceptionOfType(QueueFullException.class)
                .isThrownBy(() -> cluster.submit(request("e", "bee"), events::add));
        cluster.cancel("b");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cluster.submit(request("a", "bee"), events::add));
        assertThat(events.take())
                .isEqualTo(new Finished(FinishReason.CANCELLED, "", null, usage(1)));
        assertThat(first.unfinished).isEmpty();
        assertThat(second.unfinished).isEmpty();
        first.loads.complete(null);
        await().until(() -> memory.waiting() == 0);
        assertThat(first.unfinished).isNotEmpty();
        assertThat(second.unfinished).isNotEmpty();
        assertThat(
                        Stream.concat(
                                first.unfinished.keySet().stream(),
                                second.unfinished.keySet().stream()))
                .containsExactlyInAnyOrder("a", "c", "d");
        assertThat(events).isEmpty();
    }

    @Test
    void theRequestsOfACallGetOneVersionHoweverOftenItChanges() throws InterruptedException {
        var wide = cluster(1_000_000);
        first.gone.complete(null);
        second.gone.complete(null);
        var changes =
                Thread.ofPlatform()
                        .start(() -> {
                            for (int version = 2; version < 40; version++) {
                                var _ =
                                        names.change(
                                                wide, TinyAdapter.served("bee#" + version, "bee"));
                            }
                        });
        for (int call = 0; call < 200; call++) {
            var id = "call " + call + " choice ";
            wide.submit(
                    IntStream.range(0, 50)
                            .mapToObj(i -> new Submission(request(id + i, "bee"), event -> {}))
                            .toList());
        }
        changes.join();
        await().until(() -> memory.waiting() == 0);
        var versions = new HashMap<String, Set<String>>();
        for (var replica : List.of(first, second)) {
            replica.versions.forEach((request, version) ->
                    versions.computeIfAbsent(
                                    request.substring(0, request.indexOf(" choice")),
                                    _ -> new HashSet<>())
                            .add(version));
        }
        assertThat(versions).hasSize(200);
        assertThat(versions.values()).allMatch(one -> one.size() == 1);
        assertThat(first.versions.size() + second.versions.size()).isEqualTo(200 * 50);
    }

    @Test
    void aTeamThatFillsTheQueueDoesNotKeepOthersOut() {
        List.of("a", "b", "c", "d").forEach(id -> submit(id, "red"));
        assertThatExceptionOfType(QueueFullException.class)
                .isThrownBy(() -> submit("e", "red"))
                .withMessageContaining("4 requests are waiting");
        submit("f", "blue");
        submit("g", "blue");
        assertThatExceptionOfType(QueueFullException.class)
                .isThrownBy(() -> submit("h", "blue"))
                .withMessageContaining("team 'blue' has 2, its part is 2");
        submit("i");
        assertThatExceptionOfType(QueueFullException.class)
                .isThrownBy(() -> submit("j"))
                .withMessageContaining("the group of callers without a team has 1, its part is 1");
        assertThatExceptionOfType(QueueFullException.class)
                .isThrownBy(() -> submit("k", "red"))
                .withMessageContaining("team 'red' has 4, its part is 1");
    }

    @Test
    void thePartOfATeamIsThatOfItsShare() {
        cluster.shareBy(team -> team.name().equals("blue") ? 3 : 1);
        List.of("a", "b", "c", "d").forEach(id -> submit(id, "red"));
        List.of("e", "f", "g").forEach(id -> submit(id, "blue"));
        assertThatExceptionOfType(QueueFullException.class)
                .isThrownBy(() -> submit("h", "blue"))
                .withMessageContaining("team 'blue' has 3, its part is 3");
    }

    @Test
    void replicasGetTheTeamOfEachRequest() {
        submit("a", "red");
        submit("b");
        assertThat(second.teams).isEqualTo(Map.of("a", new TeamRef("red")));
        assertThat(first.teams).isEqualTo(Map.of("b", TeamRef.NONE));
    }

    @Test
    void replicasFollowTheSharesOfTeams() {
        var shares = new ConcurrentHashMap<>(Map.of("red", 2.0, "blue", 3.0));
        cluster.shareBy(team -> shares.getOrDefault(team.name(), 1.0));
        submit("a", "red");
        assertThat(first.scheduling.teams().byTeam()).isEqualTo(Map.of("red", 2.0));
        submit("b", "blue");
        shares.put("red", 0.5);
        cluster.followShares();
        assertThat(first.scheduling.teams().byTeam()).isEqualTo(Map.of("red", 0.5, "blue", 3.0));
        shares.remove("blue");
        submit("c", "blue");
        assertThat(second.scheduling.teams().byTeam()).isEqualTo(Map.of("red", 0.5));
    }

    @Test
    void aChangeOfOtherSettingsLeavesTheSharesOfTeams() {
        cluster.shareBy(_ -> 2);
        submit("a", "red");
        cluster.schedule(_ -> SchedulingSettings.DEFAULT).join();
        assertThat(cluster.settings().teams().byTeam()).isEqualTo(Map.of("red", 2.0));
        assertThat(first.scheduling).isEqualTo(cluster.settings());
    }

    @Test
    void aCallThatDoesNotFitTheQueueLeavesNothing() {
        var call =
                IntStream.range(0, 5)
                        .mapToObj(i -> new Submission(request("r" + i, null), event -> {}))
                        .toList();
        assertThatExceptionOfType(QueueFullException.class).isThrownBy(() -> cluster.submit(call));
        assertThat(first.unfinished).isEmpty();
        assertThat(second.unfinished).isEmpty();
        assertThat(cluster.unfinished()).isZero();
    }

    @Test
    void aWholeCallOfATeamThatHasNoneWaitingFindsPlaceInAFullQueue() {
        List.of("a", "b", "c", "d").forEach(id -> submit(id, "red"));
        cluster.submit(call("blue", 4));
        assertThat(cluster.unfinished()).isEqualTo(8);
        assertThatExceptionOfType(QueueFullException.class)
                .isThrownBy(() -> cluster.submit(call("red", 2)))
                .withMessageContaining("team 'red' has 4, its part is 2; the call has 2 more");
        assertThatExceptionOfType(QueueFullException.class)
                .isThrownBy(() -> cluster.submit(call("green", 5)))
                .withMessageContaining("limit is 4");
        assertThat(cluster.unfinished()).isEqualTo(8);
    }

    @Test
    void waitingRequestsHoldNoMoreBytesThanAreFreeBesideThem() {
        var bounded = bounded(10 * HeldBytes.of(List.of(request("r", null))));
        submit(bounded, "red", 5);
        assertThatExceptionOfType(QueueFullException.class)
                .isThrownBy(() -> submit(bounded, "red", 1))
                .withMessageContaining("the call has")
                .withMessageContaining("Try again");
        submit(bounded, "blue", 3);
        assertThatExceptionOfType(QueueFullException.class)
                .isThrownBy(() -> submit(bounded, "gold", 3));
        assertThat(bounded.unfinished()).isEqualTo(8);
        replicaOf("red-0").end("red-0");
        submit(bounded, "gold", 3);
    }

    @Test
    void aRequestWithATokenHoldsNoBytesOfTheQueue() {
        var bounded = bounded(2 * HeldBytes.of(List.of(request("r", null))));
        submit(bounded, "red", 1);
        assertThatExceptionOfType(QueueFullException.class)
                .isThrownBy(() -> submit(bounded, "green", 2));
        replicaOf("red-0").tell("red-0", new Token(1, "a", null, false));
        submit(bounded, "green", 2);
    }

    private FakeReplica replicaOf(String request) {
        return first.unfinished.containsKey(request) ? first : second;
    }

    @Test
    void aCallThatTheQueueNeverHoldsIsNotTriedAgain() {
        var bounded = bounded(HeldBytes.of(List.of(request("r", null))));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> submit(bounded, "red", 2))
                .withMessageContaining("dlora.max-queue-bytes");
        assertThat(bounded.unfinished()).isZero();
    }

    private Cluster bounded(long bytes) {
        return new Cluster(
                List.of(first, second),
                List.of(memory),
                new QueueLimits(1000, bytes),
                names,
                SchedulingSettings.DEFAULT,
                DispatchPolicy.PREDICTED_FINISH.rule(),
                List.of());
    }

    private void submit(Cluster bounded, String team, int size) {
        bounded.submit(call(team, size));
    }

    @Test
    void requestsInTheBackgroundAreNoTeamAndHaveNoPartOfTheQueue() {
        cluster.submitUnseen(inBackground("gate"), _ -> {});
        List.of("a", "b", "c").forEach(id -> submit(id, "red"));
        assertThatExceptionOfType(QueueFullException.class)
                .isThrownBy(() -> cluster.submit(inBackground("replay"), _ -> {}))
                .withMessageContaining("4 requests are waiting, the limit is 4.");
        List.of("e", "f").forEach(id -> submit(id, "blue"));
        assertThatExceptionOfType(QueueFullException.class)
                .isThrownBy(() -> submit("g", "blue"))
                .withMessageContaining("team 'blue' has 2, its part is 2");
    }

    @Test
    void sharesOutOfRangeCountAsTheNearestOneInIt() {
        cluster.shareBy(team -> team.name().equals("red") ? 0 : Double.NaN);
        submit("a", "red");
        submit("b", "blue");
        assertThat(first.scheduling.teams().byTeam()).isEqualTo(Map.of("red", 0.01));
    }

    private List<Submission> call(String team, int size) {
        var arrival = Arrival.now(Clock.systemUTC(), null).with("key", team);
        return IntStream.range(0, size)
                .mapToObj(i -> new Submission(request(team + "-" + i, null), event -> {}, arrival))
                .toList();
    }

    private static GenerationRequest inBackground(String id) {
        return new GenerationRequest(
                id,
                AdapterRef.base(),
                new int[] {1},
                SamplingParams.GREEDY,
                StopConditions.after(1),
                -1,
                -1,
                true,
                false,
                false,
                true);
    }

    @Test
    void aWithdrawnAdapterIsRefusedAtOnceAndUnloadedEverywhere() {
        first.gone.complete(null);
        second.gone.complete(null);
        assertThat(names.withdraw(cluster, "cat")).isEmpty();
        names.withdraw(cluster, "bee").orElseThrow().join();
        assertThat(names.find("bee")).isEmpty();
        assertThatExceptionOfType(NoSuchAdapterException.class)
                .isThrownBy(() -> cluster.submit(request("a", "bee"), event -> {}));
        assertThat(first.adapters).containsExactly("load bee#1", "evict bee#1", "unload bee#1");
        assertThat(second.adapters).containsExactly("load bee#1", "evict bee#1", "unload bee#1");
        assertThat(device.bytes()).isZero();
    }

    @Test
    void avoidsAReplicaThatHasEndedAndSaysSoIfAllHave() {
        second.serving = false;
        submit("a");
        assertThat(first.unfinished).containsOnlyKeys("a");
        assertThat(cluster.isServing()).isTrue();
        assertThat(cluster.conditions())
                .extracting(ReplicaCondition::state)
                .containsExactly(ReplicaCondition.State.SERVING, ReplicaCondition.State.CLOSED);
        cluster.close();
        assertThat(cluster.isServing()).isFalse();
        assertThatIllegalStateException().isThrownBy(() -> submit("b"));
    }

    @Test
    void aRequestGoesToAnotherReplicaIfTheChosenOneFailsAtThatMoment() {
        second.endsNow = true;
        submit("a");
        await().until(() -> first.has("a"));
        assertThat(second.unfinished).isEmpty();
    }

    @Test
    void aRequestFailsAfterTooManyFailuresInARow() {
        var events = submitAndListen("a");
        for (int failures = 1; failures <= 4; failures++) {
            assertThat(events).isEmpty();
            fail("a");
        }
        await().until(() -> !events.isEmpty());
        assertThat(events)
                .containsExactly(
                        new Failed(
                                FailureCode.NO_REPLICA,
                                "a test. The request could not be continued: it has failed 4 times in a row"));
        assertThat(cluster.unfinished()).isZero();
    }

    @Test
    void failuresBeforeTheLastTokenDoNotCount() {
        var events = submitAndListen("a");
        for (int failures = 1; failures <= 20; failures++) {
            fail("a");
            if (failures % 3 == 0) {
                owner("a").tell("a", new Token(failures, "t", null));
            }
        }
        assertThat(events).hasSize(6).allMatch(Token.class::isInstance);
        owner("a").end("a");
        assertThat(events).hasSize(7);
    }

    @Test
    void aRequestAvoidsAllReplicasOnWhichItHasFailedSinceItsLastToken() {
        var third = new FakeReplica("third", 5);
        var three = List.of(first, second, third);
        try (var shared = TinyMemory.of(device, three, List.of())) {
            var settings = SchedulingSettings.DEFAULT;
            var larger = new Cluster(three, List.of(shared), 4, names, settings);
            larger.submit(request("a", null), _ -> {});
            second.end("a", FAULT);
            first.end("a", FAULT);
            assertThat(third.unfinished).containsOnlyKeys("a");
            third.tell("a", new Token(1, "t", null));
            third.end("a", FAULT);
            assertThat(second.unfinished).containsOnlyKeys("a");
            third.close();
        }
    }

    @Test
    void aRescuedOrPreemptedRequestIsInPrefillUntilItsNextToken() {
        submitAndListen("a");
        var live = cluster.requests().find("a").orElseThrow();
        assertThat(live.nextRows()).as("its prompt").isEqualTo(1);
        assertThat(live.isInPrefill()).isTrue();
        for (int i = 0; i < 3; i++) {
            owner("a").tell("a", new Token(1, "t", null));
        }
        assertThat(live.isInPrefill()).isFalse();
        assertThat(live.nextRows()).isEqualTo(1);
        fail("a");
        assertThat(owner("a").has("a")).isTrue();
        assertThat(live.isInPrefill()).isTrue();
        assertThat(live.nextRows()).as("prompt and output").isEqualTo(4);
        owner("a").tell("a", new Token(1, "t", null));
        assertThat(live.nextRows()).isEqualTo(1);
        owner("a").preempt("a");
        assertThat(live.nextRows()).isEqualTo(5);
        owner("a").tell("a", new Token(1, "t", null));
        assertThat(live.isInPrefill()).isFalse();
    }

    @Test
    void aFailureIsOneOfTheReplicasWhereAnotherWouldServeLater() {
        second.serving = false;
        var events = submitAndListen("a");
        first.end("a", FAULT);
        assertThat(events)
                .singleElement()
                .isInstanceOfSatisfying(
                        Failed.class,
                        failed -> {
                            assertThat(failed.code()).isEqualTo(FailureCode.NO_REPLICA);
                            assertThat(failed.message()).startsWith("a test. ");
                        });
    }

    private List<GenerationEvent> submitAndListen(String id) {
        List<GenerationEvent> events = new CopyOnWriteArrayList<>();
        cluster.submit(request(id, null), events::add);
        return events;
    }

    /** Lets a request fail where it is. */
    private void fail(String id) {
        owner(id).end(id, FAULT);
    }

    /** Waits until a replica has the request. */
    private FakeReplica owner(String id) {
        await().until(() -> first.has(id) || second.has(id));
        return first.has(id) ? first : second;
    }

    @Test
    void loadOfTheClusterSumsAllReplicas() {
        List.of("a", "b", "c").forEach(this::submit);
        second.running = 1;
        first.active = new ActiveAdapters(List.of("bee"), List.of("cat"));
        second.active = new ActiveAdapters(List.of("dog", "bee"), List.of("cat", "bee"));
        var load = cluster.load();
        assertThat(load)
                .isEqualTo(
                        new ClusterLoad(
                                1, 2, 30, 30, List.of("bee", "dog"), List.of("cat", "bee")));
        assertThat(load.kvUsage()).isZero();
        assertThat(new ClusterLoad(0, 0, 5, 20, List.of(), List.of()).kvUsage()).isEqualTo(0.75);
    }

    private static SequenceUsage usage(int promptTokens) {
        return new SequenceUsage(promptTokens, 0, 0, 0, StepCounts.NONE);
    }

    private void submit(String id) {
        cluster.submit(request(id, null), event -> {});
    }

    private void submit(String id, String team) {
        var arrival = Arrival.now(Clock.systemUTC(), null).with("key", team);
        cluster.submit(List.of(new Submission(request(id, null), event -> {}, arrival)));
    }

    private static GenerationRequest request(String id, @Nullable String adapter) {
        return new GenerationRequest(
                id,
                AdapterRef.ofNullable(adapter),
                new int[] {1},
                SamplingParams.GREEDY,
                StopConditions.after(1),
                -1,
                -1,
                true);
    }

    public static final class FakeReplica implements ReplicaRef {
        private final String id;
        private final int blocks;
        private final Map<String, GenerationListener> unfinished =
                Collections.synchronizedMap(new LinkedHashMap<>());
        final List<ReplicaCommand> told = Collections.synchronizedList(new ArrayList<>());
        final List<String> cancelled = Collections.synchronizedList(new ArrayList<>());
        private final List<String> adapters = Collections.synchronizedList(new ArrayList<>());
        private final Map<String, String> versions = new ConcurrentHashMap<>();
        private final Map<String, TeamRef> teams = new ConcurrentHashMap<>();
        private final List<int[]> prompts = Collections.synchronizedList(new ArrayList<>());
        final CompletableFuture<Void> gone = new CompletableFuture<>();
        CompletableFuture<Void> loads = CompletableFuture.completedFuture(null);
        private SchedulingSettings scheduling = SchedulingSettings.DEFAULT;
        boolean refusing;
        private boolean endsNow;
        private int running;
        boolean serving = true;
        private ActiveAdapters active = ActiveAdapters.NONE;
        ReplicaFigures figures = ReplicaFigures.UNKNOWN;

        FakeReplica(String id, int blocks) {
            this.id = id;
            this.blocks = blocks;
        }

        void end(String request) {
            end(request, new Finished(FinishReason.STOP, "", null, SequenceUsage.NONE));
        }

        void end(String request, GenerationEvent last) {
            Objects.requireNonNull(unfinished.remove(request)).on(last);
        }

        void tell(String request, GenerationEvent event) {
            Objects.requireNonNull(unfinished.get(request)).on(event);
        }

        void preempt(String request) {
            Objects.requireNonNull(unfinished.get(request)).preempted();
        }

        @Override
        public String id() {
            return id;
        }

        @Override
        public void submit(GenerationRequest request, GenerationListener listener) {
            if (refusing) {
                throw new IllegalArgumentException("refused");
            }
            if (endsNow) {
                serving = false;
                throw new IllegalStateException("ended");
            }
            if (request.adapter() instanceof AdapterRef.Adapter(var adapter)) {
                adapters.add(adapter);
                versions.put(request.id(), adapter);
            }
            teams.put(request.id(), request.team());
            prompts.add(request.prompt());
            unfinished.put(request.id(), listener);
        }

        @Override
        public CompletableFuture<Void> load(String adapter, AdapterWeights weights) {
            adapters.add("load " + adapter);
            return loads;
        }

        @Override
        public void take(ReplicaCommand.Import sequence, GenerationListener listener) {
            unfinished.put(sequence.sequence().request().id(), listener);
        }

        @Override
        public void takeBack(ReplicaCommand.Resume sequence, GenerationListener listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void write(ReplicaCommand.WriteKv copies, GenerationListener listener) {}

        /** Takes it; {@link #moving} answers it. */
        @Override
        public void tell(ReplicaCommand move) {
            told.add(move);
        }

        /** Tells the present owner of a request of its move. */
        void moving(String request, ReplicaEvent.Move event) {
            Objects.requireNonNull(unfinished.get(request)).moved(event);
        }

        @Override
        public void check(GenerationRequest request) {}

        @Override
        public CompletableFuture<Void> evict(String adapter) {
            adapters.add("evict " + adapter);
            return gone;
        }

        @Override
        public CompletableFuture<Void> unload(String adapter) {
            adapters.add("unload " + adapter);
            return gone;
        }

        @Override
        public CompletableFuture<Void> schedule(SchedulingSettings settings) {
            scheduling = settings;
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public SchedulingReport scheduling(int lastSteps) {
            return new SchedulingReport(
                    id,
                    scheduling.policy().name(),
                    scheduling.slo(),
                    scheduling.weights(),
                    MergeView.UNMERGED,
                    0,
                    List.of());
        }

        @Override
        public boolean has(String request) {
            return unfinished.containsKey(request);
        }

        @Override
        public void cancel(String requestId) {
            if (unfinished.containsKey(requestId)) {
                cancelled.add(requestId);
            }
        }

        @Override
        public ReplicaLoad load() {
            return new ReplicaLoad(id, running, unfinished.size() - running, blocks, blocks);
        }

        @Override
        public ReplicaFigures figures() {
            return figures;
        }

        @Override
        public ActiveAdapters activeAdapters() {
            return active;
        }

        @Override
        public boolean isServing() {
            return serving;
        }

        @Override
        public void close() {
            serving = false;
            gone.complete(null);
        }
    }
}
