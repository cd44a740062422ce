package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.replica.request.StepCounts;
import org.dlora.replica.wire.ReplicaCodec;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.Decision;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.PolicySource;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.StepPlan;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The last event of a sequence says what it has taken, wherever it was moved meanwhile. */
class SequenceUsageTest {
    private static final int RUNS = 150;

    private final ReplicaCodec codec = new ReplicaCodec();
    private int preempted;
    private int moved;
    private StepCounts seen = StepCounts.NONE;

    /** Counts what each request takes by looking at the steps alone. */
    private static final class Watch implements SimulatedModel {
        final Map<String, StepCounts> steps = new HashMap<>();
        private final SimulatedModel model;

        Watch(SimulatedModel model) {
            this.model = model;
        }

        @Override
        public StepResult run(PlannedStep step, Requests requests) {
            boolean merged = step.mode() instanceof Mode.Merged;
            boolean alone = step.chunks().stream().allMatch(c -> step.mode().isMerged(c.adapter()));
            for (var chunk : step.chunks()) {
                var before = steps.getOrDefault(chunk.request(), StepCounts.NONE);
                steps.put(
                        chunk.request(),
                        new StepCounts(
                                before.unmerged() + (merged ? 0 : 1),
                                before.merged() + (merged && alone ? 1 : 0),
                                before.mixed() + (merged && !alone ? 1 : 0)));
            }
            return model.run(step, requests);
        }
    }

    @Test
    void usageEqualsThatOfTheStepsAcrossPreemptionsAndMoves() {
        var policies = PolicyKind.values();
        for (int run = 0; run < RUNS; run++) {
            serve(new Random(run), policies[run % policies.length]);
        }
        assertThat(List.of(preempted, moved, seen.unmerged(), seen.merged()))
                .as("preemptions, moves and steps by kind")
                .allMatch(times -> times > RUNS / 10);
    }

    private void serve(Random random, PolicyKind policy) {
        var shape = RandomRequests.tightShape(random);
        var watch = new Watch(new HashModel(shape.kvBlocks()));
        var replica =
                new SimulatedReplica(
                        shape,
                        new SchedulingSettings(PolicySettings.of(policy), SloLimits.NONE),
                        RandomRequests.ADAPTERS,
                        new QuickMerges(),
                        watch);
        replica.apply(new ReplicaCommand.Calibrate(RandomCommands.samples()));
        var requests = new HashMap<String, GenerationRequest>();
        for (int i = 0; i < 200; i++) {
            switch (random.nextInt(12)) {
                case 0, 1 -> {
                    var request = request("r" + i, random);
                    requests.put(request.id(), request);
                    replica.submit(request);
                }
                case 2 -> {
                    if (random.nextInt(4) == 0) {
                        replica.unfinished().stream()
                                .max(String::compareTo)
                                .ifPresent(id -> move(replica, id));
                    }
                }
                case 3 -> {
                    if (random.nextInt(10) == 0) {
                        replica.unfinished().stream()
                                .min(String::compareTo)
                                .ifPresent(id -> replica.apply(new ReplicaCommand.Cancel(id)));
                    }
                }
                default -> {
                    if (!replica.state().isIdle()) {
                        replica.step();
                    }
                }
            }
        }
        replica.apply(new ReplicaCommand.FailAll(FailureCode.REPLICA_FAULT, "a test"));
        requests.forEach((id, request) -> check(replica, watch, request));
    }

    /** Draws a request; half of them are long, so that blocks run out. */
    private static GenerationRequest request(String id, Random random) {
        return random.nextBoolean()
                ? RandomRequests.any(id, random)
                : RandomRequests.greedy(id, AdapterRef.of("ant"), 12 + random.nextInt(4), 60);
    }

    /** Puts a sequence through bytes, as between two replicas. */
    private void move(SimulatedReplica replica, String request) {
        replica.take(codec.sequence(codec.encode(replica.export(request))));
        moved++;
    }

    private void check(SimulatedReplica replica, Watch watch, GenerationRequest request) {
        var told = replica.told(request.id());
        var usage = usage(told.getLast());
        long preemptions =
                replica.events().stream()
                        .filter(new ReplicaEvent.Preempted(request.id())::equals)
                        .count();
        long tokens = told.stream().filter(GenerationEvent.Token.class::isInstance).count();
        assertThat(usage)
                .isEqualTo(
                        new SequenceUsage(
                                request.prompt().length,
                                cached(replica, request.id()),
                                (int) tokens,
                                (int) preemptions,
                                watch.steps.getOrDefault(request.id(), StepCounts.NONE)));
        preempted += usage.preemptions();
        seen =
                new StepCounts(
                        seen.unmerged() + usage.steps().unmerged(),
                        seen.merged() + usage.steps().merged(),
                        seen.mixed() + usage.steps().mixed());
    }

    private static int cached(SimulatedReplica replica, String request) {
        for (var event : replica.events()) {
            if (event instanceof ReplicaEvent.Began(var id, _, var cached) && id.equals(request)) {
                return cached;
            }
        }
        return 0;
    }

    private static SequenceUsage usage(@Nullable GenerationEvent last) {
        return switch (last) {
            case Finished finished -> finished.usage();
            case Failed failed -> failed.usage();
            case null, default -> throw new AssertionError(last + " is not a last event");
        };
    }

    @Test
    void stepsOfOthersBesideAMergedAdapterAreMixedForBoth() {
        var watch = new Watch(new HashModel(20));
        var replica =
                new SimulatedReplica(
                        RandomRequests.shape(new StepLimits(8, 100, KvBlocks.TOKENS), 20),
                        new SchedulingSettings(new MergesAnt(), SloLimits.NONE),
                        RandomRequests.ADAPTERS,
                        new QuickMerges(),
                        watch);
        replica.apply(new ReplicaCommand.SetMergeRules("ant", MergeRules.FREE));
        var ant = RandomRequests.greedy("ant's", AdapterRef.of("ant"), 9, 60);
        var bee = RandomRequests.greedy("bee's", AdapterRef.of("bee"), 9, 30);
        replica.submit(ant);
        replica.submit(bee);
        replica.finish();
        check(replica, watch, ant);
        check(replica, watch, bee);
        var steps = usage(replica.told("ant's").getLast()).steps();
        assertThat(List.of(steps.unmerged(), steps.merged(), steps.mixed()))
                .allMatch(count -> count > 0);
        assertThat(usage(replica.told("bee's").getLast()).steps())
                .isEqualTo(new StepCounts(steps.unmerged(), 0, steps.mixed()));
    }

    /** Runs all sequences, in the merged weights of {@code ant} once they are built. */
    private record MergesAnt() implements Policy<Integer>, PolicySource {
        @Override
        public String name() {
            return "merges-ant";
        }

        @Override
        public boolean mayMerge() {
            return true;
        }

        @Override
        public Policy<?> create() {
            return this;
        }

        @Override
        public Integer start() {
            return 0;
        }

        @Override
        public Decision<Integer> decide(Snapshot snapshot, Integer state) {
            var target = Mode.merged("ant");
            var mode = snapshot.merge().isReady(target) ? target : Mode.unmerged();
            var runs =
                    snapshot.sequences().stream()
                            .map(sequence -> new StepPlan.Run(sequence.id(), sequence.pending()))
                            .toList();
            var why =
                    new StepDecision(
                            name(), "all", "a test", mode, target, List.of(), Double.NaN, Map.of());
            return new Decision<>(new StepPlan(mode, target, List.of(), runs), state, why);
        }
    }

    @Test
    void aFailureSaysWhatWasComputedBeforeIt() {
        var model = new HashModel(10);
        var replica = replica(model);
        replica.submit(RandomRequests.greedy("r", AdapterRef.base(), 9, 20));
        while (replica.output("r") < 3) {
            replica.step();
        }
        model.fail("r");
        replica.step();
        assertThat(usage(replica.told("r").getLast()))
                .isEqualTo(new SequenceUsage(9, 0, 3, 0, new StepCounts(4, 0, 0)));
    }

    @Test
    void aRefusalOfAMovedSequenceKeepsWhatWasComputedElsewhere() {
        var replica = replica(new HashModel(10));
        var request = RandomRequests.greedy("r", AdapterRef.of("nobody"), 9, 20);
        replica.take(
                new SequenceState(
                        request,
                        new int[] {1, 2},
                        "",
                        List.of(),
                        0,
                        true,
                        4,
                        new StepCounts(5, 6, 7),
                        1));
        var refused = (ReplicaEvent.Refused) replica.events().getLast();
        assertThat(refused.failure().usage())
                .isEqualTo(new SequenceUsage(9, 0, 2, 4, new StepCounts(5, 6, 7)));
    }

    private static SimulatedReplica replica(HashModel model) {
        return new SimulatedReplica(
                RandomRequests.shape(new StepLimits(8, 100, KvBlocks.TOKENS), 10),
                SchedulingSettings.DEFAULT,
                RandomRequests.ADAPTERS,
                CostModel.UNCALIBRATED,
                model);
    }
}
