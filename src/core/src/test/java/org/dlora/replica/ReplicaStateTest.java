package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.statistics.Statistics;
import org.dlora.replica.StepResult.ChunkResult;
import org.dlora.replica.request.FailureCode;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.jspecify.annotations.Nullable;

/**
 * Invariants of a replica under every policy, whatever commands arrive and whatever fails. The
 * simulated replica verifies the whole state after each call.
 */
class ReplicaStateTest {
    /** An adapter that is loaded and unloaded time and again. */
    private static final String PASSING = "elk";

    @Property(tries = 400, shrinking = ShrinkingMode.OFF)
    void eachRequestEndsOnceAndGivesItsBlocksBack(@ForAll long seed, @ForAll PolicyKind policy) {
        var random = new Random(seed);
        var replica = replica(random, policy);
        var submitted = new HashSet<String>();
        replica.through(command -> noted(command, submitted), event -> event);
        if (random.nextBoolean()) {
            replica.apply(new ReplicaCommand.Calibrate(RandomCommands.samples()));
        }
        boolean isUpdated = random.nextBoolean();
        for (int i = 0; i < 80; i++) {
            operate(replica, random, i);
            if (!isUpdated) {
                replica.apply(new ReplicaCommand.Schedule(i, settings(policy)));
            }
        }
        replica.finish();

        assertThat(ended(replica.events())).isEqualTo(submitted);
        assertThat(replica.unfinished()).isEmpty();
        var load = replica.state().load();
        assertThat(load.freeBlocks()).isEqualTo(load.totalBlocks());
        assertThat(load.running() + load.waiting()).isZero();
        collect(policy, replica.events());
    }

    private static SimulatedReplica replica(Random random, PolicyKind policy) {
        var sizes = RandomRequests.tightShape(random);
        var shape =
                new ReplicaShape(
                        sizes.id(),
                        sizes.limits(),
                        sizes.kvBlocks(),
                        sizes.maxSequenceLength(),
                        sizes.vocabSize(),
                        random.nextBoolean(),
                        sizes.endTokens(),
                        sizes.hashSeed());
        return new SimulatedReplica(
                shape,
                settings(policy),
                RandomRequests.ADAPTERS,
                new QuickMerges(),
                new FaultyModel(new HashModel(shape.kvBlocks()), random));
    }

    private static SchedulingSettings settings(PolicyKind policy) {
        return new SchedulingSettings(PolicySettings.of(policy), SloLimits.NONE);
    }

    /** A model of which a step or a sequence fails now and then. */
    private record FaultyModel(SimulatedModel model, Random random) implements SimulatedModel {
        @Override
        public StepResult run(PlannedStep step, Requests requests) {
            return random.nextInt(100) == 0
                    ? new StepResult.Failed(FailureCode.REPLICA_FAULT, "a test")
                    : broken((StepResult.Computed) model.run(step, requests));
        }

        private StepResult broken(StepResult.Computed computed) {
            return new StepResult.Computed(computed.chunks().stream().map(this::broken).toList());
        }

        private ChunkResult broken(ChunkResult result) {
            return switch (random.nextInt(400)) {
                case 0 -> new StepResult.Broken(FailureCode.LOGITS_NOT_FINITE, "a test");
                case 1 -> new StepResult.Broken(FailureCode.NO_TOKEN_POSSIBLE, "a test");
                default -> result;
            };
        }
    }

    private static ReplicaCommand noted(ReplicaCommand command, Set<String> submitted) {
        if (command instanceof ReplicaCommand.Submit(var request)) {
            submitted.add(request.id());
        }
        return command;
    }

    private static void operate(SimulatedReplica replica, Random random, int i) {
        switch (random.nextInt(16)) {
            case 0 -> {
                var lora = new LoraFacts(32, 400, 100, 400);
                var profile = SimulatedReplica.profile(PASSING, lora);
                replica.apply(new ReplicaCommand.LoadAdapter(profile));
            }
            case 1 -> replica.apply(new ReplicaCommand.UnloadAdapter(PASSING));
            case 2, 3 -> {
                var request = RandomRequests.any("passing-" + i, random);
                replica.submit(request.withAdapter(AdapterRef.of(PASSING)));
            }
            case 4 -> {
                replica.idle(random.nextInt(40));
                replica.apply(new ReplicaCommand.Rest());
            }
            case 5 -> {
                // Long answers outgrow the blocks that there are.
                for (int j = 0; j < 3; j++) {
                    replica.submit(
                            RandomRequests.greedy(
                                    "long-" + i + "-" + j, AdapterRef.base(), 1 + j, 60));
                }
            }
            case 6, 7, 8, 9 -> {
                for (int steps = random.nextInt(30); steps > 0; steps--) {
                    if (!replica.state().isIdle()) {
                        replica.step();
                    }
                }
            }
            default -> RandomCommands.operate(replica, random, i);
        }
    }

    /** Returns the requests that have ended; none has another event after its last one. */
    private static Set<String> ended(List<ReplicaEvent> events) {
        var ended = new HashSet<String>();
        for (var event : events) {
            var request = request(event);
            if (request != null) {
                assertThat(ended).as(event.toString()).doesNotContain(request);
                if (isLast(event)) {
                    ended.add(request);
                }
            }
        }
        return ended;
    }

    private static @Nullable String request(ReplicaEvent event) {
        return switch (event) {
            case ReplicaEvent.Generated(var request, _, _) -> request;
            case ReplicaEvent.Refused(var request, _, _) -> request;
            case ReplicaEvent.Preempted(var request) -> request;
            case ReplicaEvent.Began(var request, _, _) -> request;
            case ReplicaEvent.Move move -> move.request();
            default -> null;
        };
    }

    private static boolean isLast(ReplicaEvent event) {
        return switch (event) {
            case ReplicaEvent.Generated(_, _, var told) -> told.isLast();
            case ReplicaEvent.Refused(_, _, var failure) ->
                    failure.code() != FailureCode.DUPLICATE_ID;
            default -> false;
        };
    }

    private static void collect(PolicyKind policy, List<ReplicaEvent> events) {
        Statistics.label(policy + " ran merged")
                .collect(
                        events.stream()
                                .anyMatch(event ->
                                        event instanceof ReplicaEvent.StepEnded(var step)
                                                && step.decision().mode() instanceof Mode.Merged));
        Statistics.label("preempted")
                .collect(events.stream().anyMatch(ReplicaEvent.Preempted.class::isInstance));
        Statistics.label("refused")
                .collect(events.stream().anyMatch(ReplicaEvent.Refused.class::isInstance));
    }
}
