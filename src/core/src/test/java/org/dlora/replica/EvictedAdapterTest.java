package org.dlora.replica;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.dlora.replica.ReplicaCommand.EvictAdapter;
import org.dlora.replica.ReplicaCommand.LoadAdapter;
import org.dlora.replica.ReplicaCommand.UnloadAdapter;
import org.dlora.replica.ReplicaEvent.AdapterLoaded;
import org.dlora.replica.ReplicaEvent.AdapterRefused;
import org.dlora.replica.ReplicaEvent.AdapterUnloaded;
import org.dlora.replica.ReplicaEvent.MergeRulesWanted;
import org.dlora.replica.ReplicaEvent.Refused;
import org.dlora.replica.WeightReport.EndedBuild;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.AdapterView;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.Decision;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.OutputLengths;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.PolicySource;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.StepPlan;
import org.dlora.scheduling.policy.PolicyKind;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Tests of a replica's memory of an evicted adapter, and of the requests that it accepts meanwhile.
 */
class EvictedAdapterTest {
    private static final AdapterRef ANT = AdapterRef.of("ant");
    private static final int BLOCKS = 40;
    private static final int PROMPT = 70;

    /** Tokens of the whole blocks of a prompt. */
    private static final int CACHED = 64;

    private final Watching<?> policy = new Watching<>(PolicyKind.DLORA.create());
    private final SimulatedReplica replica =
            new SimulatedReplica(
                    RandomRequests.shape(new StepLimits(8, 100, KvBlocks.TOKENS), BLOCKS),
                    new SchedulingSettings(policy, SloLimits.NONE),
                    RandomRequests.ADAPTERS,
                    CostModel.UNCALIBRATED,
                    new HashModel(BLOCKS));

    @Test
    void takesNoRequestsUntilItIsLoadedAgain() {
        assertThat(apply(new EvictAdapter("ant"))).containsExactly(new AdapterUnloaded("ant"));
        assertThat(replica.state().uses("ant")).isFalse();
        submit("early", 3);
        assertRefused("early");
        assertThat(apply(load())).containsExactly(new AdapterLoaded("ant"));
        assertThat(cached(answered("late", 3))).isZero();
        assertThat(apply(load())).containsExactly(new AdapterRefused("ant"));
    }

    @Test
    void leavesOnceItsRunningRequestsHaveEnded() {
        submit("running", 5);
        replica.step();
        assertThat(apply(new EvictAdapter("ant"))).isEmpty();
        assertThat(apply(new EvictAdapter("ant"))).isEmpty();
        assertThat(replica.state().uses("ant")).isTrue();
        submit("late", 5);
        assertRefused("late");
        assertThat(apply(load())).containsExactly(new AdapterRefused("ant"));
        int before = replica.events().size();
        replica.finish();
        assertThat(replica.told("running").getLast()).isInstanceOf(Finished.class);
        assertThat(adapterEvents(before)).containsExactly(new AdapterUnloaded("ant"));
        assertThat(apply(load())).containsExactly(new AdapterLoaded("ant"));
    }

    @Test
    void waitingRequestsAreServedBeforeTheUnload() {
        submit("first", 3);
        submit("second", 3);
        assertThat(apply(new EvictAdapter("ant"))).isEmpty();
        assertThat(apply(new ReplicaCommand.Cancel("first"))).isEmpty();
        replica.finish();
        assertThat(replica.told("second").getLast()).isInstanceOf(Finished.class);
        assertThat(adapterEvents(0)).containsExactly(new AdapterUnloaded("ant"));
    }

    @Test
    void evictedOrUnknownAdaptersAreGoneAtOnce() {
        apply(new EvictAdapter("ant"));
        assertThat(apply(new EvictAdapter("ant"))).containsExactly(new AdapterUnloaded("ant"));
        assertThat(apply(new EvictAdapter("elk"))).containsExactly(new AdapterUnloaded("elk"));
        assertThat(apply(new UnloadAdapter("ant"))).containsExactly(new AdapterUnloaded("ant"));
        assertThat(apply(new UnloadAdapter("ant"))).containsExactly(new AdapterUnloaded("ant"));
    }

    @Test
    void findsItsCachedPrefixesAgain() {
        answered("before", 3);
        apply(new EvictAdapter("ant"));
        apply(load());
        assertThat(cached(answered("after", 3))).isEqualTo(CACHED);
    }

    @Test
    void unloadAfterAnEvictionForgetsThePrefixes() {
        answered("before", 3);
        apply(new EvictAdapter("ant"));
        apply(new UnloadAdapter("ant"));
        assertThat(apply(load())).containsExactly(new AdapterLoaded("ant"));
        assertThat(cached(answered("after", 3))).isZero();
    }

    @Test
    void unloadDuringAnEvictionForgetsThePrefixes() {
        submit("running", 5);
        replica.step();
        assertThat(apply(new EvictAdapter("ant"))).isEmpty();
        assertThat(apply(new UnloadAdapter("ant"))).isEmpty();
        replica.finish();
        assertThat(adapterEvents(0)).containsExactly(new AdapterUnloaded("ant"));
        apply(load());
        assertThat(cached(answered("after", 3))).isZero();
    }

    @Test
    void evictionDuringAnUnloadLeavesItAnUnload() {
        submit("running", 5);
        replica.step();
        apply(new UnloadAdapter("ant"));
        apply(new EvictAdapter("ant"));
        replica.finish();
        apply(load());
        assertThat(cached(answered("after", 3))).isZero();
        assertThat(view("ant").outputs()).isEqualTo(OutputLengths.NONE);
    }

    @Test
    void lengthsOfAnswersOutlastAnEvictionButNoUnload() {
        int length = length(answered("before", 4));
        apply(new EvictAdapter("ant"));
        apply(load());
        submit("after", 3);
        replica.step();
        assertThat(view("ant").outputs()).isEqualTo(OutputLengths.NONE.plus(length));
        replica.finish();
        apply(new EvictAdapter("ant"));
        apply(new UnloadAdapter("ant"));
        apply(load());
        submit("new", 3);
        replica.step();
        assertThat(view("ant").outputs()).isEqualTo(OutputLengths.NONE);
    }

    /** Policies keep the service of adapters that are among the loaded ones. */
    @Test
    void policiesSeeAnEvictedAdapterAmongTheLoadedUntilItsUnload() {
        replica.submit(RandomRequests.greedy("base", AdapterRef.base(), PROMPT, 20));
        apply(new EvictAdapter("ant"));
        replica.step();
        assertThat(policy.seen().loaded()).hasSize(4).contains(ANT);
        assertThat(policy.seen().adapters()).extracting(AdapterView::id).doesNotContain(ANT);
        apply(new UnloadAdapter("ant"));
        replica.step();
        assertThat(policy.seen().loaded()).hasSize(3).doesNotContain(ANT);
    }

    @Test
    void mergingAnEvictedAdapterIsRefused() {
        replica.submit(RandomRequests.greedy("base", AdapterRef.base(), PROMPT, 20));
        submit("last", 20);
        apply(new EvictAdapter("ant"));
        policy.target = Mode.merged(ANT);
        replica.step();
        replica.apply(new ReplicaCommand.Cancel("last"));
        assertThatIllegalStateException()
                .isThrownBy(replica::step)
                .withMessage("Adapter ant has been evicted");
        policy.target = null;
        replica.finish();
    }

    @Test
    void mergeRulesAndFailedMergesOutlastAnEviction() {
        var alone = MergeRules.aloneOnly("a test");
        submit("before", 3);
        replica.apply(new ReplicaCommand.SetMergeRules("ant", alone));
        replica.step();
        assertThat(view("ant").rules()).isEqualTo(alone);
        replica.finish();
        apply(new EvictAdapter("ant"));
        apply(load());
        replica.through(command -> command, EvictedAdapterTest::unanswered);
        submit("after", 3);
        replica.step();
        assertThat(view("ant").rules()).as("until they are found out again").isEqualTo(alone);
        var failed = new EndedBuild("ant", MergeOutcome.FAILED, 1, "no room");
        replica.apply(
                new ReplicaCommand.ReportWeights(
                        new WeightReport(Mode.unmerged(), Set.of(), null, 1, 0, 0, 0, 0, failed)));
        replica.finish();
        apply(new EvictAdapter("ant"));
        apply(load());
        submit("later", 3);
        replica.step();
        assertThat(view("ant").rules())
                .isEqualTo(MergeRules.never("its merged weights could not be built: no room"));
    }

    /** The measurement was cancelled with the weights. */
    @Test
    void mergeRulesAreAskedForOncePerLoad() {
        answered("first", 3);
        answered("second", 3);
        assertThat(asked()).isEqualTo(1);
        apply(new EvictAdapter("ant"));
        assertThat(asked()).isEqualTo(1);
        apply(load());
        answered("third", 3);
        answered("fourth", 3);
        assertThat(asked()).isEqualTo(2);
    }

    @Test
    void restartKeepsEvictedOnesEvictedAndLetsLeavingOnesGo() {
        for (var adapter : List.of("bee", "cat")) {
            replica.submit(RandomRequests.greedy(adapter, AdapterRef.of(adapter), PROMPT, 5));
        }
        apply(new EvictAdapter("ant"));
        apply(new EvictAdapter("bee"));
        apply(new UnloadAdapter("cat"));
        var fresh = replica.state().restarted();
        assertThat(fresh.isIdle()).isTrue();
        for (var adapter : List.of("ant", "bee", "cat")) {
            var request = RandomRequests.greedy("of " + adapter, AdapterRef.of(adapter), 3, 5);
            var events = new ArrayList<>(fresh.restarted().apply(submitted(request), 0));
            events.removeIf(AdapterUnloaded.class::isInstance);
            assertThat(events).singleElement().isInstanceOf(Refused.class);
        }
        assertThat(fresh.apply(new ReplicaCommand.ForgetCache(), 0))
                .containsExactlyInAnyOrder(new AdapterUnloaded("bee"), new AdapterUnloaded("cat"));
        assertThat(fresh.apply(new ReplicaCommand.ForgetCache(), 0)).isEmpty();
        for (var adapter : List.of("ant", "bee", "cat")) {
            assertThat(fresh.apply(load(adapter), 0)).containsExactly(new AdapterLoaded(adapter));
            var request = RandomRequests.greedy("of " + adapter, AdapterRef.of(adapter), 3, 5);
            assertThat(fresh.apply(submitted(request), 0)).noneMatch(Refused.class::isInstance);
        }
        assertThat(fresh.verify()).isTrue();
    }

    private static ReplicaCommand submitted(GenerationRequest request) {
        return new ReplicaCommand.Submit(request);
    }

    /** Returns the event, without a question for merge rules. */
    private static ReplicaEvent unanswered(ReplicaEvent event) {
        return event instanceof MergeRulesWanted ? new ReplicaEvent.Preempted("a question") : event;
    }

    private long asked() {
        return replica.events().stream().filter(MergeRulesWanted.class::isInstance).count();
    }

    private AdapterView view(String adapter) {
        return policy.seen().adapters().stream()
                .filter(view -> view.id().is(adapter))
                .findFirst()
                .orElseThrow();
    }

    private static LoadAdapter load() {
        return load("ant");
    }

    private static LoadAdapter load(String adapter) {
        var lora = requireNonNull(RandomRequests.ADAPTERS.get(adapter));
        return new LoadAdapter(SimulatedReplica.profile(adapter, lora));
    }

    private void submit(String id, int outputs) {
        replica.submit(RandomRequests.greedy(id, ANT, PROMPT, outputs));
    }

    private Finished answered(String id, int outputs) {
        submit(id, outputs);
        replica.finish();
        return (Finished) replica.told(id).getLast();
    }

    private static int cached(Finished answer) {
        return answer.cachedTokens();
    }

    private static int length(Finished answer) {
        return answer.outputTokens();
    }

    private void assertRefused(String request) {
        assertThat(replica.events())
                .filteredOn(Refused.class::isInstance)
                .last()
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> {
                            assertThat(refused.request()).isEqualTo(request);
                            assertThat(refused.failure().code())
                                    .isEqualTo(FailureCode.ADAPTER_NOT_LOADED);
                            assertThat(refused.failure().message())
                                    .isEqualTo("Adapter ant has been unloaded");
                        });
    }

    /** Returns the events of the command that concern adapters. */
    private List<ReplicaEvent> apply(ReplicaCommand command) {
        int before = replica.events().size();
        replica.apply(command);
        return adapterEvents(before);
    }

    private List<ReplicaEvent> adapterEvents(int from) {
        return replica.events().stream()
                .skip(from)
                .filter(event ->
                        event instanceof AdapterLoaded
                                || event instanceof AdapterRefused
                                || event instanceof AdapterUnloaded)
                .toList();
    }

    /** A policy whose last snapshot can be looked at, and whose target can be set. */
    private static final class Watching<S> implements Policy<S>, PolicySource {
        private final Policy<S> policy;
        private @Nullable Snapshot seen;
        private @Nullable Mode target;

        Watching(Policy<S> policy) {
            this.policy = policy;
        }

        Snapshot seen() {
            return requireNonNull(seen);
        }

        @Override
        public String name() {
            return policy.name();
        }

        @Override
        public boolean mayMerge() {
            return policy.mayMerge();
        }

        @Override
        public Policy<S> create() {
            return this;
        }

        @Override
        public S start() {
            return policy.start();
        }

        @Override
        public Decision<S> decide(Snapshot snapshot, S state) {
            seen = snapshot;
            var decision = policy.decide(snapshot, state);
            var plan = decision.plan();
            return target == null
                    ? decision
                    : new Decision<>(
                            new StepPlan(plan.mode(), target, plan.preempt(), plan.run()),
                            decision.next(),
                            decision.explanation());
        }
    }
}
