package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.dlora.replica.ReplicaEvent.AdapterLoaded;
import org.dlora.replica.ReplicaEvent.AdapterRefused;
import org.dlora.replica.ReplicaEvent.AdapterUnloaded;
import org.dlora.replica.ReplicaEvent.Generated;
import org.dlora.replica.ReplicaEvent.MergeRulesWanted;
import org.dlora.replica.ReplicaEvent.Refused;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.junit.jupiter.api.Test;

/** Adapters come, take requests, and go with their last one. */
class AdapterLifecycleTest {
    private static final LoraFacts LORA = new LoraFacts(8, 100, 100, 100);

    private final ReplicaState state = state(PolicyKind.UNMERGED);

    private static ReplicaState state(PolicyKind policy) {
        return new ReplicaState(
                RandomRequests.shape(new StepLimits(4, 64, KvBlocks.TOKENS), 20),
                new SchedulingSettings(PolicySettings.of(policy), SloLimits.NONE),
                List.of());
    }

    private static AdapterProfile profile(String id, String content) {
        return new AdapterProfile(id, id, content, LORA, null);
    }

    private List<ReplicaEvent> apply(ReplicaCommand command) {
        var events = state.apply(command, 0);
        state.verify();
        return events;
    }

    private List<ReplicaEvent> load(String id) {
        return apply(new ReplicaCommand.LoadAdapter(profile(id, "content")));
    }

    private List<ReplicaEvent> unload(String id) {
        return apply(new ReplicaCommand.UnloadAdapter(id));
    }

    private List<ReplicaEvent> submit(String request, String adapter) {
        return apply(
                new ReplicaCommand.Submit(
                        RandomRequests.greedy(request, AdapterRef.of(adapter), 20, 5)));
    }

    @Test
    void anIdIsInUseUntilItsLastRequestHasEnded() {
        assertThat(load("dog")).containsExactly(new AdapterLoaded("dog"));
        assertThat(load("dog")).containsExactly(new AdapterRefused("dog"));
        submit("a", "dog");
        submit("b", "dog");
        assertThat(unload("dog")).isEmpty();
        assertThat(load("dog")).containsExactly(new AdapterRefused("dog"));
        assertThat(unload("dog")).isEmpty();
        assertThat(state.uses("dog")).isTrue();

        apply(new ReplicaCommand.Cancel("a"));
        assertThat(state.uses("dog")).isTrue();
        assertThat(apply(new ReplicaCommand.Cancel("b")))
                .hasSize(2)
                .first()
                .isInstanceOf(Generated.class);
        assertThat(state.uses("dog")).isFalse();
        assertThat(load("dog")).containsExactly(new AdapterLoaded("dog"));
        assertThat(submit("c", "dog")).isEmpty();
    }

    @Test
    void aLeavingAdapterTakesNoMoreRequests() {
        load("dog");
        submit("a", "dog");
        unload("dog");
        assertThat(submit("late", "dog"))
                .singleElement()
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> {
                            assertThat(refused.failure().code())
                                    .isEqualTo(FailureCode.ADAPTER_NOT_LOADED);
                            assertThat(refused.failure().message())
                                    .isEqualTo("Adapter dog has been unloaded");
                        });
        assertThat(submit("unknown", "cow")).singleElement().isInstanceOf(Refused.class);
    }

    @Test
    void anAdapterThatIsNotThereIsUnloadedAtOnce() {
        assertThat(unload("dog")).containsExactly(new AdapterUnloaded("dog"));
        load("dog");
        assertThat(unload("dog")).containsExactly(new AdapterUnloaded("dog"));
    }

    /** The last request may leave by an export, or fail with all others. */
    @Test
    void howeverTheLastRequestEndsTheAdapterGoes() {
        load("dog");
        submit("a", "dog");
        unload("dog");
        assertThat(apply(new ReplicaCommand.Export("a")))
                .singleElement()
                .isInstanceOf(ReplicaEvent.Exported.class);
        assertThat(apply(new ReplicaCommand.Release("a", 0)))
                .containsExactly(new AdapterUnloaded("dog"));

        load("dog");
        submit("b", "dog");
        unload("dog");
        assertThat(apply(new ReplicaCommand.FailAll(FailureCode.REPLICA_FAULT, "a test")))
                .hasSize(2)
                .last()
                .isEqualTo(new AdapterUnloaded("dog"));
    }

    @Test
    void cachedBlocksStayWhileTheirContentIsLoadedUnderAnyId() {
        var replica = replica();
        load(replica, "one", "same");
        serve(replica, "a", "one");
        load(replica, "two", "same");
        replica.apply(new ReplicaCommand.UnloadAdapter("one"));
        assertThat(serve(replica, "b", "two")).isEqualTo(64);
        replica.apply(new ReplicaCommand.UnloadAdapter("two"));
        load(replica, "three", "same");
        assertThat(serve(replica, "c", "three")).isZero();
    }

    @Test
    void anotherContentHasOtherBlocks() {
        var replica = replica();
        load(replica, "one", "old");
        load(replica, "two", "new");
        serve(replica, "a", "one");
        assertThat(serve(replica, "b", "two")).isZero();
        assertThat(serve(replica, "c", "one")).isEqualTo(64);
    }

    private static SimulatedReplica replica() {
        return new SimulatedReplica(
                RandomRequests.shape(new StepLimits(4, 100, KvBlocks.TOKENS), 20),
                SchedulingSettings.DEFAULT,
                RandomRequests.ADAPTERS,
                CostModel.UNCALIBRATED);
    }

    private static void load(SimulatedReplica replica, String id, String content) {
        replica.apply(new ReplicaCommand.LoadAdapter(profile(id, content)));
    }

    /** Serves a request, and returns how many tokens of its prompt were cached. */
    private static int serve(SimulatedReplica replica, String request, String adapter) {
        replica.submit(RandomRequests.greedy(request, AdapterRef.of(adapter), 70, 3));
        replica.finish();
        return ((GenerationEvent.Finished) replica.told(request).getLast()).cachedTokens();
    }

    /** Rules are measured, which takes a while, so only those of adapters at work are asked for. */
    @Test
    void rulesAreAskedForWithTheFirstRequestUnderAPolicyThatMerges() {
        var merging = state(PolicyKind.DLORA);
        var dog = new ReplicaCommand.LoadAdapter(profile("dog", "dog"));
        assertThat(merging.apply(dog, 0)).containsExactly(new AdapterLoaded("dog"));
        var request = RandomRequests.greedy("a", AdapterRef.of("dog"), 20, 5);
        assertThat(merging.apply(new ReplicaCommand.Submit(request), 0))
                .containsExactly(new MergeRulesWanted("dog"));
        var other = RandomRequests.greedy("b", AdapterRef.of("dog"), 20, 5);
        assertThat(merging.apply(new ReplicaCommand.Submit(other), 0)).isEmpty();
        var base = RandomRequests.greedy("c", AdapterRef.base(), 20, 5);
        assertThat(merging.apply(new ReplicaCommand.Submit(base), 0)).isEmpty();
    }

    @Test
    void anotherPolicyAsksForTheRulesOfAllAtWork() {
        load("dog");
        load("elk");
        apply(
                new ReplicaCommand.LoadAdapter(
                        new AdapterProfile("fox", "fox", "fox", LORA, MergeRules.FREE)));
        submit("a", "dog");
        submit("b", "fox");
        var merging = new SchedulingSettings(PolicySettings.of(PolicyKind.MERGED), SloLimits.NONE);
        assertThat(apply(new ReplicaCommand.Schedule(3, merging)))
                .containsExactly(new MergeRulesWanted("dog"), new ReplicaEvent.Scheduled(3));
        assertThat(apply(new ReplicaCommand.Schedule(4, merging)))
                .containsExactly(new ReplicaEvent.Scheduled(4));
        assertThat(submit("c", "elk")).containsExactly(new MergeRulesWanted("elk"));
    }
}
