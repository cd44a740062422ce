package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.StepCounts;
import org.dlora.replica.wire.ReplicaCodec;
import org.dlora.replica.wire.WireFormatException;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.ServiceWeights;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.fair.DloraSettings;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.DoubleNode;
import tools.jackson.databind.node.LongNode;
import tools.jackson.databind.node.NumericNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Messages that are well formed and hold senseless numbers are refused where they are read or by
 * the replica, or they are served: the replica goes on and its state holds.
 */
class HostileMessageTest {
    private static final double[] NUMBERS = {
        0, -0.0, -1, 1, 2, 1000, 1e9, -1e9, 1e300, 1e-300, Double.NaN, Double.POSITIVE_INFINITY
    };
    private static final long[] INTEGERS = {
        0,
        -1,
        1,
        2,
        39,
        40,
        79,
        80,
        1000,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };

    private final ReplicaCodec codec = new ReplicaCodec();

    @Property(tries = 400, shrinking = ShrinkingMode.OFF)
    void hostileMessagesAreRefusedOrServed(@ForAll long seed, @ForAll PolicyKind policy) {
        var random = new Random(seed);
        var replica =
                new SimulatedReplica(
                        RandomRequests.tightShape(random),
                        new SchedulingSettings(PolicySettings.of(policy), SloLimits.NONE),
                        RandomRequests.ADAPTERS,
                        new QuickMerges());
        if (random.nextBoolean()) {
            replica.apply(new ReplicaCommand.Calibrate(RandomCommands.samples()));
        }
        replica.through(command -> reported(command, random), event -> event);
        for (int i = 0; i < 60; i++) {
            if (random.nextInt(100) == 0) {
                give(
                        replica,
                        hostile(new ReplicaCommand.Calibrate(RandomCommands.samples()), random));
            } else if (random.nextInt(3) == 0) {
                RandomCommands.operate(replica, random, i);
            } else {
                give(replica, hostile(command(random, i), random));
            }
        }
        replica.finish();
        assertThat(replica.unfinished()).isEmpty();
    }

    private ReplicaCommand reported(ReplicaCommand command, Random random) {
        if (!(command instanceof ReplicaCommand.ReportWeights) || random.nextInt(10) != 0) {
            return command;
        }
        // An engine's report is never lost, so one that cannot be read stays as it was.
        return hostile(command, random) instanceof ReplicaCommand.ReportWeights report
                ? report
                : command;
    }

    private static ReplicaCommand command(Random random, int i) {
        var request = RandomRequests.any("hostile-" + i, random);
        return switch (random.nextInt(7)) {
            case 0, 1 -> new ReplicaCommand.Submit(request);
            case 2, 3 -> new ReplicaCommand.Import(sequence(request, random));
            case 4 ->
                    new ReplicaCommand.LoadAdapter(
                            SimulatedReplica.profile("fox" + i, new LoraFacts(8, 100, 100, 100)));
            case 5 -> new ReplicaCommand.UnloadAdapter("fox" + (i - 3));
            default ->
                    new ReplicaCommand.Schedule(
                            i,
                            new SchedulingSettings(
                                    new PolicySettings(
                                            RandomCommands.kind(random).kind(),
                                            DloraSettings.DEFAULT),
                                    new SloLimits(5, 0.5),
                                    MergeSettings.DEFAULT,
                                    new ServiceWeights(Map.of("ant", 2.0))));
        };
    }

    private static SequenceState sequence(GenerationRequest request, Random random) {
        int outputs = random.nextInt(request.stop().maxTokens());
        return new SequenceState(
                request,
                random.ints(outputs, 1, HashModel.VOCAB).toArray(),
                "",
                List.of(),
                0,
                outputs > 0,
                0,
                StepCounts.NONE,
                1);
    }

    /**
     * Returns the command with one or two of its numbers changed, or another one if it cannot be
     * read.
     */
    private ReplicaCommand hostile(ReplicaCommand command, Random random) {
        var message = TamperedMessage.of(codec.encode(command));
        for (int i = 1 + random.nextInt(2); i > 0; i--) {
            change(message.root(), random);
        }
        try {
            return codec.command(message.bytes());
        } catch (WireFormatException e) {
            return new ReplicaCommand.ForgetCache();
        }
    }

    private static void change(JsonNode root, Random random) {
        var changes = new ArrayList<Runnable>();
        collect(root, random, changes);
        if (!changes.isEmpty()) {
            changes.get(random.nextInt(changes.size())).run();
        }
    }

    private static void collect(JsonNode node, Random random, List<Runnable> changes) {
        switch (node) {
            case ObjectNode object -> {
                for (var name : List.copyOf(object.propertyNames())) {
                    if (object.get(name) instanceof NumericNode number) {
                        changes.add(() -> object.set(name, another(number, random)));
                    }
                    collect(object.get(name), random, changes);
                }
            }
            case ArrayNode array -> {
                for (int i = 0; i < array.size(); i++) {
                    int index = i;
                    if (array.get(i) instanceof NumericNode number) {
                        changes.add(() -> array.set(index, another(number, random)));
                    }
                    collect(array.get(i), random, changes);
                }
            }
            default -> {}
        }
    }

    private static JsonNode another(NumericNode number, Random random) {
        return number.isFloatingPointNumber()
                ? DoubleNode.valueOf(NUMBERS[random.nextInt(NUMBERS.length)])
                : LongNode.valueOf(INTEGERS[random.nextInt(INTEGERS.length)]);
    }

    private static void give(SimulatedReplica replica, ReplicaCommand command) {
        replica.apply(command);
    }
}
