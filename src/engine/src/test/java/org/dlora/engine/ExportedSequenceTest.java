package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.engine.meters.EngineObserver;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.ReplicaEvent;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.SequenceState;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StepCounts;
import org.dlora.replica.request.StopConditions;
import org.dlora.replica.wire.ReplicaCodec;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sequences that move between engines give the tokens, texts and logits they give at home. */
class ExportedSequenceTest {
    private static final int BLOCKS = 14;
    private static final int MAX_LENGTH = 90;

    private final ReplicaCodec codec = new ReplicaCodec();
    private final Map<String, List<GenerationEvent>> told = new HashMap<>();
    private final List<SequenceState> exported = new ArrayList<>();

    @Property(tries = 150, shrinking = ShrinkingMode.OFF)
    void movesChangeNoEvent(@ForAll long seed) {
        told.clear();
        var random = new Random(seed);
        var settings = settings(new StepLimits(1 + random.nextInt(6), 20, 16));
        var engines =
                List.of(
                        engine(settings, new FakeModel(BLOCKS).serve()),
                        engine(settings, new FakeModel(BLOCKS).serve()));
        var requests = new ArrayList<GenerationRequest>();
        for (int i = 0; i < 1 + random.nextInt(5); i++) {
            var request = Requests.random("request-" + i, random, 40, 40);
            requests.add(request);
            engines.get(random.nextInt(2))
                    .apply(new ReplicaCommand.Submit(request.withSeed(random.nextLong())));
        }
        run(engines, requests, random, 4);
        for (var request : requests) {
            assertThat(Oracle.ignoringCosts(events(request)))
                    .isEqualTo(Oracle.events(request, MAX_LENGTH));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-gqa", "qwen3"})
    void movesChangeNoBitOfARealModel(String name) {
        try (var golden = new GoldenModel(name)) {
            var settings = settings(new StepLimits(4, 32, 16));
            var requests = new ArrayList<GenerationRequest>();
            var random = new Random(7);
            for (var adapter : golden.adapterNames().stream().limit(4).toList()) {
                requests.add(drawn(adapter, random, golden.vocabSize()));
            }
            var first = golden.serve(settings);
            var second = golden.serve(settings);
            try {
                moveBetween(requests, List.of(engine(settings, first), engine(settings, second)));
            } finally {
                first.runner().close();
                second.runner().close();
            }
        }
    }

    private void moveBetween(List<GenerationRequest> requests, List<Engine> engines) {
        var home = engines.getFirst();
        requests.forEach(request -> home.apply(new ReplicaCommand.Submit(request)));
        run(List.of(home), requests, new Random(1), Integer.MAX_VALUE);
        var undisturbed = new HashMap<String, List<GenerationEvent>>();
        requests.forEach(r -> undisturbed.put(r.id(), Oracle.ignoringCosts(events(r))));
        told.clear();

        requests.forEach(request -> home.apply(new ReplicaCommand.Submit(request)));
        run(engines, requests, new Random(2), 3);
        for (var request : requests) {
            assertThat(Oracle.ignoringCosts(events(request)))
                    .isEqualTo(undisturbed.get(request.id()));
        }
    }

    private List<GenerationEvent> events(GenerationRequest request) {
        return Objects.requireNonNull(told.get(request.id()));
    }

    @Test
    void aSequenceWhoseAdapterIsNotThereIsRefused() {
        var engine = engine(settings(new StepLimits(4, 32, 16)), new FakeModel(BLOCKS).serve());
        var request = Requests.of("r", "dog", 5, StopConditions.after(3), SamplingParams.GREEDY);
        engine.apply(new ReplicaCommand.Import(SequenceState.of(request.withSeed(1))));
        assertThat(told.get("r")).singleElement().isInstanceOf(GenerationEvent.Failed.class);
        assertThat(engine.isIdle()).isTrue();
    }

    @Test
    void aRequestThatComesTwiceDisturbsTheFirstOfItsIdInNothing() {
        var engine = engine(settings(new StepLimits(4, 32, 16)), new FakeModel(BLOCKS).serve());
        var request = Requests.greedy("r", 5, 6).withSeed(1);
        engine.apply(new ReplicaCommand.Submit(request));
        engine.step();
        engine.apply(new ReplicaCommand.Submit(request));
        // No text can be made of its output.
        engine.apply(new ReplicaCommand.Import(broken(request)));
        while (!engine.isIdle()) {
            engine.step();
        }
        assertThat(Oracle.ignoringSteps(events(request)))
                .isEqualTo(Oracle.events(request, MAX_LENGTH));
    }

    @Test
    void aSequenceThatNoTextCanBeMadeOfFailsAlone() {
        var engine = engine(settings(new StepLimits(4, 32, 16)), new FakeModel(BLOCKS).serve());
        var request = Requests.greedy("r", 5, 6).withSeed(1);
        var broken = broken(request);
        engine.apply(new ReplicaCommand.Import(broken));
        assertThat(told.get("r"))
                .singleElement()
                .isInstanceOfSatisfying(
                        GenerationEvent.Failed.class,
                        failed -> assertThat(failed.code()).isEqualTo(FailureCode.REPLICA_FAULT));
        assertThat(engine.isIdle()).isTrue();
        engine.apply(new ReplicaCommand.Submit(request));
        engine.step();
        assertThat(told.get("r")).hasSizeGreaterThan(1);
    }

    /** Runs all engines to the end; after each step a sequence moves with a chance of 1/oneIn. */
    private void run(
            List<Engine> engines, List<GenerationRequest> requests, Random random, int oneIn) {
        while (engines.stream().anyMatch(engine -> !engine.isIdle())) {
            for (var engine : engines) {
                if (!engine.isIdle()) {
                    assertThat(engine.step()).isTrue();
                    engine.verify();
                }
                for (var request : requests) {
                    if (engines.size() > 1 && random.nextInt(oneIn) == 0) {
                        move(request.id(), engine, engines.get(random.nextInt(engines.size())));
                    }
                }
            }
        }
    }

    private void move(String request, Engine from, Engine to) {
        exported.clear();
        from.apply(new ReplicaCommand.Export(request));
        for (var sequence : List.copyOf(exported)) {
            var received = codec.sequence(codec.encode(sequence));
            to.apply(new ReplicaCommand.Import(received));
        }
        from.verify();
        to.verify();
    }

    private Engine engine(ReplicaSettings settings, ReplicaModel model) {
        return new Engine(
                settings,
                model,
                SchedulingSettings.DEFAULT,
                EngineObserver.NONE,
                request ->
                        new GenerationListener() {
                            @Override
                            public void on(GenerationEvent event) {
                                told.computeIfAbsent(request, _ -> new ArrayList<>()).add(event);
                            }

                            @Override
                            public void moved(ReplicaEvent.Move move) {
                                if (move instanceof ReplicaEvent.Exported(var sequence, _)) {
                                    exported.add(sequence);
                                }
                            }
                        },
                _ -> {},
                () -> 0);
    }

    private static ReplicaSettings settings(StepLimits limits) {
        return new ReplicaSettings("r", limits, BLOCKS, DType.F32, MAX_LENGTH, true);
    }

    private static GenerationRequest drawn(String adapter, Random random, int vocabulary) {
        return new GenerationRequest(
                "of-" + adapter,
                AdapterRef.of(adapter),
                random.ints(20, 0, vocabulary).toArray(),
                new SamplingParams(0.9, 0.95, 30, 0, 0.1, 0.1, 1.1, Map.of(), OptionalLong.of(3)),
                new StopConditions(20, 0, true, Set.of(), List.of(), false),
                2,
                -1,
                true);
    }

    /** Returns a sequence with an output token that no tokenizer has. */
    private static SequenceState broken(GenerationRequest request) {
        return new SequenceState(
                request, new int[] {-1}, "", List.of(), 0, true, 0, StepCounts.NONE, 0);
    }
}
