package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Random;
import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.StepPlan;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.dlora.tensor.DType;
import org.dlora.testing.AllTries;

/**
 * Any mix of requests, cancels, limits and cache sizes gives each request what it would get alone.
 */
@AllTries
class EngineRandomTest {
    private static final int MAX_LENGTH = 90;

    private record Served(GenerationRequest request, Recording recording) {}

    @Property(tries = 120)
    void servesEachRequestAsIfItWereAlone(@ForAll long seed) {
        serve(new Random(seed), Plans::inOrder);
    }

    @Property(tries = 60)
    void servesEachRequestAsIfItWereAloneUnderAnyPolicyThatKeepsTheRules(@ForAll long seed) {
        serve(new Random(seed), new ErraticPlans(new Random(~seed)));
    }

    @Property(tries = 80)
    void servesEachRequestAsIfItWereAloneUnderEachPolicy(
            @ForAll long seed, @ForAll PolicyKind policy) {
        serve(new Random(seed), new SchedulingSettings(PolicySettings.of(policy), SloLimits.NONE));
    }

    /** Each occurs in three of ten runs, so 60 runs without one have a chance below 1e-9. */
    private static void serve(Random random, Function<Snapshot, StepPlan> plans) {
        var observed = serve(random, Plans.of(plans));
        Statistics.label("preempted")
                .collect(observed.preemptions() > 0)
                .coverage(coverage -> coverage.check(true).count(runs -> runs > 0));
        Statistics.label("began with cached blocks")
                .collect(observed.cachedTokens() > 0)
                .coverage(coverage -> coverage.check(true).count(runs -> runs > 0));
    }

    private static Observed serve(Random random, SchedulingSettings scheduling) {
        int blocks = 1 + random.nextInt(14);
        var limits = new StepLimits(1 + random.nextInt(8), 1 + random.nextInt(60), 16);
        var settings = new ReplicaSettings("r", limits, blocks, DType.F32, MAX_LENGTH, true);
        var model = new FakeModel(blocks);
        var observed = new Observed();
        var engine = new Engine(settings, model.serve(), scheduling, observed);
        var rules =
                new RequestRules(
                        settings,
                        model.serve().adapters().keySet(),
                        FakeModel.VOCAB,
                        model.serve().constraints());
        var served = new ArrayList<Served>();
        for (int i = 0; i < 40; ) {
            int action = random.nextInt(10);
            if (action < 3) {
                int maxPrompt = settings.maxSequenceLength() - 1;
                var request =
                        Requests.random("request-" + i++, random, Math.min(40, maxPrompt), 70);
                rules.check(request);
                served.add(new Served(request, new Recording()));
                engine.submit(request, served.getLast().recording());
            } else if (action == 3 && !served.isEmpty()) {
                engine.cancel(served.get(random.nextInt(served.size())).request().id());
            } else if (!engine.isIdle()) {
                engine.step();
            }
            engine.verify();
        }
        for (int steps = 0; !engine.isIdle(); steps++) {
            assertThat(steps).isLessThan(100_000);
            engine.step();
            engine.verify();
        }
        assertThat(engine.status().load()).isEqualTo(new ReplicaLoad("r", 0, 0, blocks, blocks));
        served.forEach(s -> assertServedRightly(s, settings.maxSequenceLength()));
        return observed;
    }

    private static void assertServedRightly(Served served, int maxSequenceLength) {
        var events = Oracle.ignoringCosts(served.recording().events());
        var expected = Oracle.events(served.request(), maxSequenceLength);
        if (events.getLast() instanceof Finished last && last.reason() == FinishReason.CANCELLED) {
            var before = events.subList(0, events.size() - 1);
            assertThat(expected.subList(0, before.size())).isEqualTo(before);
            assertThat(last.outputTokens()).isEqualTo(served.recording().tokens().size());
        } else {
            assertThat(events).isEqualTo(expected);
        }
    }

    /** Preempts, pauses and cuts at random, but lets something run. */
    private record ErraticPlans(Random random) implements Function<Snapshot, StepPlan> {
        @Override
        public StepPlan apply(Snapshot snapshot) {
            var plan = Plans.inOrder(snapshot);
            var run = new ArrayList<StepPlan.Run>();
            var preempt = new ArrayList<>(plan.preempt());
            for (var planned : plan.run()) {
                switch (random.nextInt(4)) {
                    case 0 -> {} // paused
                    case 1 ->
                            run.add(
                                    new StepPlan.Run(
                                            planned.sequence(),
                                            1 + random.nextInt(planned.rows())));
                    case 2 -> {
                        if (random.nextInt(6) == 0) {
                            preempt.add(planned.sequence());
                        } else {
                            run.add(planned);
                        }
                    }
                    default -> run.add(planned);
                }
            }
            return run.isEmpty() ? plan : new StepPlan(preempt, run);
        }
    }
}
