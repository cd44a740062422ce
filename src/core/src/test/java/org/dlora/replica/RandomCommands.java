package org.dlora.replica;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.dlora.replica.request.FailureCode;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.cost.CostSamples;
import org.dlora.scheduling.cost.FittedCosts.MergeSample;
import org.dlora.scheduling.cost.FittedCosts.StepSample;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;

/** Commands and steps for tests, drawn. */
final class RandomCommands {
    private RandomCommands() {}

    /**
     * Gives the replica a command of any kind, or runs a step.
     *
     * @param i number of the call, by which new requests and adapters are named
     */
    static void operate(SimulatedReplica replica, Random random, int i) {
        var unfinished = replica.unfinished().stream().sorted().toList();
        switch (random.nextInt(16)) {
            case 0, 1, 2, 3 -> replica.submit(RandomRequests.any("request-" + i, random));
            case 4 -> {
                if (!unfinished.isEmpty()) {
                    replica.apply(new ReplicaCommand.Cancel(unfinished.getFirst()));
                }
            }
            case 5 -> {
                if (!unfinished.isEmpty()) {
                    move(replica, unfinished.getLast(), random);
                }
            }
            case 6 -> {
                replica.apply(
                        new ReplicaCommand.LoadAdapter(
                                SimulatedReplica.profile("dog" + i, LoraFacts.NONE)));
                replica.apply(
                        new ReplicaCommand.LoadAdapter(
                                SimulatedReplica.profile("dog" + i, LoraFacts.NONE)));
                replica.apply(new ReplicaCommand.UnloadAdapter("dog" + i));
                var cat = requireNonNull(RandomRequests.ADAPTERS.get("cat"));
                replica.apply(
                        random.nextInt(3) == 0
                                ? new ReplicaCommand.EvictAdapter("cat")
                                : new ReplicaCommand.LoadAdapter(
                                        SimulatedReplica.profile("cat", cat)));
            }
            case 7 -> {
                var other = new SchedulingSettings(kind(random), new SloLimits(5, 0.5));
                replica.apply(new ReplicaCommand.Schedule(i, other));
            }
            case 8 ->
                    replica.apply(
                            random.nextBoolean()
                                    ? new ReplicaCommand.ForgetCache()
                                    : new ReplicaCommand.ReleaseCopies(random.nextBoolean()));
            case 9 -> {
                if (random.nextInt(10) == 0) {
                    replica.apply(new ReplicaCommand.FailAll(FailureCode.REPLICA_FAULT, "a test"));
                }
                replica.unfinished().stream().sorted().findFirst().ifPresent(replica::resubmit);
            }
            case 10 ->
                    replica.apply(
                            new ReplicaCommand.SetMergeRules(
                                    "bee", MergeRules.aloneOnly("a test")));
            case 11 -> {
                int most = replica.state().kvCounts().most();
                int blocks = most - random.nextInt(4);
                replica.apply(new ReplicaCommand.ResizeKvCache(i, blocks, 1 + random.nextInt(2)));
                replica.apply(new ReplicaCommand.ContinueResize());
            }
            case 12 -> replica.apply(new ReplicaCommand.ContinueResize());
            default -> {
                if (!replica.state().isIdle()) {
                    replica.step();
                }
            }
        }
    }

    /** Takes a request out of the replica and gives it back in one of three ways. */
    private static void move(SimulatedReplica replica, String request, Random random) {
        long epoch = replica.epoch(request);
        replica.apply(new ReplicaCommand.CopyKv(request, epoch, 0, 1 + random.nextInt(3)));
        var copies =
                replica.events().stream()
                        .filter(ReplicaEvent.KvRead.class::isInstance)
                        .map(event -> ((ReplicaEvent.KvRead) event).copy())
                        .toList();
        var sequence = replica.export(request, epoch);
        if (random.nextBoolean()) {
            replica.apply(new ReplicaCommand.Resume(request, epoch, epoch + 2));
            return;
        }
        replica.apply(new ReplicaCommand.Release(request, epoch));
        if (random.nextBoolean()) {
            replica.apply(new ReplicaCommand.ForgetCache());
        }
        var copy = copies.get(random.nextInt(copies.size()));
        replica.apply(new ReplicaCommand.WriteKv(request, epoch, copy));
        replica.take(sequence, epoch + 1, random.nextBoolean());
    }

    static PolicySettings kind(Random random) {
        var kinds = PolicyKind.values();
        return PolicySettings.of(kinds[random.nextInt(kinds.length)]);
    }

    /** Returns measurements to calibrate a replica with. */
    static CostSamples samples() {
        var steps = new ArrayList<StepSample>();
        for (int rows = 1; rows < 20; rows++) {
            steps.add(new StepSample(new StepShape(rows, rows, 10L * rows, 0, List.of()), rows));
        }
        return new CostSamples(
                steps,
                List.of(new MergeSample(new LoraFacts(8, 100, 100, 100), 0.1)),
                List.of(new LoraFacts(8, 100, 100, 100)));
    }
}
