package org.dlora.replica;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.statistics.Statistics;
import org.dlora.replica.request.FailureCode;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.cost.CostSamples;
import org.dlora.scheduling.cost.FittedCosts.MergeSample;
import org.dlora.scheduling.cost.FittedCosts.StepSample;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;

/** Adapters come and go under every policy, and none that is away is ever used. */
class EvictionRandomTest {
    private static final List<String> NAMES = List.of("ant", "bee", "cat");

    /** Adapters that are not on the replica. */
    private final Set<String> away = new HashSet<>();

    private int merges;
    private int refused;

    @Property(tries = 200, shrinking = ShrinkingMode.OFF)
    void noPolicyMergesOrRunsAnAdapterThatIsAway(@ForAll long seed, @ForAll PolicyKind policy) {
        away.clear();
        merges = 0;
        refused = 0;
        var random = new Random(seed);
        var shape = RandomRequests.shape(random, 12);
        var replica =
                new SimulatedReplica(
                        shape,
                        new SchedulingSettings(PolicySettings.of(policy), SloLimits.NONE),
                        RandomRequests.ADAPTERS,
                        new SlowTerms(),
                        new HashModel(shape.kvBlocks()));
        replica.through(command -> command, this::checked);
        if (random.nextInt(4) > 0) {
            replica.apply(new ReplicaCommand.Calibrate(SlowTerms.samples()));
        }
        for (int i = 0; i < 150; i++) {
            operate(replica, random, i);
        }
        replica.finish();
        NAMES.forEach(name -> replica.apply(new ReplicaCommand.EvictAdapter(name)));
        assertThat(away).containsAll(NAMES);
        assertThat(replica.unfinished()).isEmpty();
        assertThat(replica.state().load().freeBlocks())
                .isEqualTo(replica.state().load().totalBlocks());
        Statistics.label(policy + " merged").collect(merges > 0);
        Statistics.label("refused").collect(refused > 0);
    }

    private void operate(SimulatedReplica replica, Random random, int i) {
        var name = NAMES.get(random.nextInt(NAMES.size()));
        switch (random.nextInt(10)) {
            case 0 -> replica.apply(new ReplicaCommand.EvictAdapter(name));
            case 1 -> {
                if (random.nextInt(4) == 0) {
                    replica.apply(new ReplicaCommand.UnloadAdapter(name));
                }
            }
            case 2 -> replica.apply(load(name));
            case 3 -> {
                replica.idle(random.nextInt(20));
                replica.apply(new ReplicaCommand.Rest());
            }
            case 4 -> {
                for (int j = 0; j < 4; j++) {
                    replica.submit(
                            RandomRequests.greedy(
                                    "many-" + i + "-" + j, AdapterRef.of(name), 1 + j, 40));
                }
            }
            case 5, 6 -> {
                var request = RandomRequests.any("request-" + i, random);
                replica.submit(request.withAdapter(AdapterRef.of(name)));
            }
            default -> {
                for (int steps = random.nextInt(10); steps > 0; steps--) {
                    step(replica);
                }
            }
        }
    }

    private void step(SimulatedReplica replica) {
        if (replica.state().isIdle()) {
            return;
        }
        var before = Set.copyOf(away);
        replica.step();
        var step = replica.lastStep();
        assertThat(before)
                .doesNotContain(merged(step.mode()))
                .doesNotContain(merged(step.target()));
        for (var chunk : step.chunks()) {
            assertThat(before).doesNotContain(chunk.adapter().toString());
        }
        merges += step.mode() instanceof Mode.Merged ? 1 : 0;
    }

    /** Costs of a device on which merging pays. */
    private record SlowTerms() implements CostModel {
        @Override
        public double step(StepShape shape) {
            int slow = shape.groups().stream().mapToInt(StepShape.Group::rows).sum();
            return 1e-3 + 1e-4 * shape.rows() + 1e-3 * slow + 1e-3 * shape.groups().size();
        }

        @Override
        public double merge(LoraFacts lora) {
            return 1e-3;
        }

        static CostSamples samples() {
            var costs = new SlowTerms();
            var steps = new ArrayList<StepSample>();
            var merges = new ArrayList<MergeSample>();
            for (var lora : RandomRequests.ADAPTERS.values()) {
                for (int rows = 1; rows < 20; rows++) {
                    for (int most = 0; most <= rows; most += 3) {
                        var groups =
                                most == 0
                                        ? List.<StepShape.Group>of()
                                        : List.of(new StepShape.Group(lora, most));
                        var shape = new StepShape(0, rows, 10L * rows, 0, groups);
                        steps.add(new StepSample(shape, costs.step(shape)));
                    }
                }
                merges.add(new MergeSample(lora, costs.merge(lora)));
            }
            return new CostSamples(steps, merges, List.of());
        }
    }

    private static String merged(Mode mode) {
        return mode instanceof Mode.Merged(var adapter) ? adapter : "nobody";
    }

    private static ReplicaCommand load(String name) {
        var lora = requireNonNull(RandomRequests.ADAPTERS.get(name));
        return new ReplicaCommand.LoadAdapter(SimulatedReplica.profile(name, lora));
    }

    private ReplicaEvent checked(ReplicaEvent event) {
        switch (event) {
            case ReplicaEvent.AdapterUnloaded(var id) -> away.add(id);
            case ReplicaEvent.AdapterLoaded(var id) ->
                    assertThat(away.remove(id)).as("%s was away", id).isTrue();
            case ReplicaEvent.AdapterRefused(var id) -> assertThat(away).doesNotContain(id);
            case ReplicaEvent.BuildWeights(var target, _) ->
                    assertThat(away).doesNotContain(merged(target));
            case ReplicaEvent.MergeRulesWanted(var id) -> assertThat(away).doesNotContain(id);
            case ReplicaEvent.Refused(_, _, var failure) -> {
                assertThat(failure.code()).isEqualTo(FailureCode.ADAPTER_NOT_LOADED);
                refused++;
            }
            default -> {}
        }
        return event;
    }
}
