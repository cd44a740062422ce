package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.replica.request.StepCounts;
import org.dlora.replica.wire.ReplicaCodec;
import org.dlora.scheduling.CostModel;
import org.junit.jupiter.api.Test;

/**
 * A sequence that is exported, goes through bytes and is imported by another replica gives its
 * client exactly what an undisturbed one gives.
 */
class SequenceExportTest {
    private static final int RUNS = Boolean.getBoolean("dlora.test.long") ? 10_000 : 500;

    private final ReplicaCodec codec = new ReplicaCodec();
    private final Map<String, List<GenerationEvent>> events = new HashMap<>();
    private final Map<String, Integer> lastOutput = new HashMap<>();
    private final Map<String, Integer> idleMoves = new HashMap<>();
    private int moves;

    @Test
    void exportsAtEveryStepChangeNothing() {
        for (int run = 0; run < RUNS; run++) {
            exportsChangeNothing(new Random(run), 1);
        }
        assertThat(moves).isGreaterThan(10 * RUNS);
    }

    @Property(tries = 200, shrinking = ShrinkingMode.OFF)
    void occasionalExportsChangeNothing(@ForAll long seed) {
        exportsChangeNothing(new Random(seed), 5);
    }

    private void exportsChangeNothing(Random random, int oneIn) {
        var requests = new ArrayList<GenerationRequest>();
        for (int i = 0; i < 1 + random.nextInt(6); i++) {
            requests.add(RandomRequests.any("request-" + i, random));
        }
        var alone = replica(random);
        requests.forEach(alone::submit);
        alone.finish();
        events.clear();
        lastOutput.clear();
        idleMoves.clear();

        var told = serveWithMoves(requests, random, oneIn);
        for (var request : requests) {
            assertThat(told.get(request.id()))
                    .as(request.toString())
                    .isEqualTo(ignoringCosts(alone.told(request.id())));
        }
    }

    private Map<String, List<GenerationEvent>> serveWithMoves(
            List<GenerationRequest> requests, Random random, int oneIn) {
        var replicas = List.of(replica(random), replica(random));
        for (var request : requests) {
            replicas.get(random.nextInt(2)).submit(request);
        }
        while (replicas.stream().anyMatch(replica -> !replica.state().isIdle())) {
            for (int i = 0; i < 2; i++) {
                var from = replicas.get(i);
                if (!from.state().isIdle()) {
                    from.step();
                }
                move(from, replicas.get(1 - i), random, oneIn);
            }
        }
        var told = new HashMap<String, List<GenerationEvent>>();
        for (var request : requests) {
            told.put(request.id(), events.remove(request.id()));
        }
        return told;
    }

    private void move(SimulatedReplica from, SimulatedReplica to, Random random, int oneIn) {
        for (var request : from.unfinished()) {
            int output = from.output(request);
            if (random.nextInt(oneIn) == 0 && mayMove(request, output)) {
                moves++;
                to.take(codec.sequence(codec.encode(from.export(request))));
            }
        }
    }

    /** A move before any progress repeats work, so without a bound no prompt would be computed. */
    private boolean mayMove(String request, int output) {
        boolean hasProgressed = lastOutput.getOrDefault(request, -1) < output;
        int idle = hasProgressed ? 0 : idleMoves.merge(request, 1, Integer::sum);
        lastOutput.put(request, output);
        return idle < 3;
    }

    private SimulatedReplica replica(Random random) {
        var replica =
                new SimulatedReplica(
                        RandomRequests.shape(random, 6),
                        SchedulingSettings.DEFAULT,
                        RandomRequests.ADAPTERS,
                        CostModel.UNCALIBRATED);
        replica.through(
                command -> command,
                event -> {
                    if (event instanceof ReplicaEvent.Generated(var request, _, var generated)) {
                        events.computeIfAbsent(request, _ -> new ArrayList<>())
                                .add(ignoringCosts(generated));
                    }
                    return event;
                });
        return replica;
    }

    private static List<GenerationEvent> ignoringCosts(List<GenerationEvent> told) {
        return told.stream().map(SequenceExportTest::ignoringCosts).toList();
    }

    private static GenerationEvent ignoringCosts(GenerationEvent event) {
        return event instanceof Finished end
                ? new Finished(end.reason(), end.text(), end.stop(), plain(end.usage()))
                : event;
    }

    private static SequenceUsage plain(SequenceUsage usage) {
        return new SequenceUsage(usage.promptTokens(), 0, usage.outputTokens(), 0, StepCounts.NONE);
    }
}
