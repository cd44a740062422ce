package org.dlora.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.dlora.constraint.Constraint;
import org.dlora.constraint.ConstraintDefinition;
import org.dlora.constraint.SchemaCase;
import org.dlora.constraint.SchemaOracle;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.engine.merging.CopyMemory;
import org.dlora.engine.merging.MergePermits;
import org.dlora.engine.meters.EngineObserver;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.ReplicaEvent;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.SequenceState;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.replica.wire.ReplicaCodec;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.dlora.testing.TestFiles;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Constrained sequences of the demo model: alone, in a batch, moved and rescued. */
class ConstrainedSequenceTest {
    private static final int BLOCKS = 64;
    private static final int MAX_LENGTH = 256;
    private static final int QUOTE = '"';

    private static CpuDevice device;
    private static BaseModel model;
    private static DecoderWeights weights;

    private final ReplicaCodec codec = new ReplicaCodec();
    private final Map<String, List<GenerationEvent>> told = new HashMap<>();
    private final List<SequenceState> exported = new ArrayList<>();

    @BeforeAll
    static void open() {
        device = new CpuDevice();
        model = BaseModel.open(TestFiles.demo("model"));
        weights = DecoderWeights.pack(model, device, WeightPrecision.FLOAT32, 256, _ -> {});
    }

    @AfterAll
    static void close() {
        weights.close();
        model.close();
    }

    @Test
    void movesAndRescuesChangeNoToken() {
        var requests = requests();
        var first = serve();
        var second = serve();
        try {
            var engines = List.of(engine(first), engine(second));
            var alone = new HashMap<String, List<Integer>>();
            for (var request : requests) {
                run(List.of(engines.getFirst()), List.of(request), 0);
                alone.put(request.id(), tokens(request));
            }
            for (int oneIn : new int[] {0, 3, -3}) {
                told.clear();
                run(engines, requests, oneIn);
                for (var request : requests) {
                    assertThat(tokens(request)).isEqualTo(alone.get(request.id()));
                }
            }
        } finally {
            first.runner().close();
            second.runner().close();
        }
        assertComplete(requests);
    }

    /** Its constraint is the reason, not the server. */
    @Test
    void aSequenceThatCannotBeReadAnyMoreFailsWithTheReason() {
        // Alternatives that are regular would be united.
        var ways =
                IntStream.range(0, 140)
                        .mapToObj(
                                "{\"properties\":{\"a\":{\"pattern\":\"^[^z]*z{%1$d}$\"},\"b%1$d\":{}},\"required\":[\"a\",\"b%1$d\"]}"
                                        ::formatted)
                        .collect(Collectors.joining(",", "{\"anyOf\":[", "]}"));
        var constraint = new ConstraintDefinition.JsonSchema(ways);
        var stop = new StopConditions(48, 0, false, Set.of(), List.of(), false);
        var request = request("unreadable", drawn(1), constraint, stop);
        int[] output = "{\"a\":".chars().toArray();
        var first = serve();
        try {
            var engine = engine(first);
            var sequence = SequenceState.told(request, output, List.of(), 0);
            engine.apply(new ReplicaCommand.Import(sequence), constraint(request));
            assertThat(engine.isIdle()).isTrue();
        } finally {
            first.runner().close();
        }
        var end = (GenerationEvent.Failed) requireNonNull(told.get(request.id())).getLast();
        assertThat(end.code()).isEqualTo(FailureCode.NO_TOKEN_POSSIBLE);
        assertThat(end.message()).contains("in more than 128 ways");
    }

    /** The replica's thread compiles none. */
    @Test
    void aRequestWithoutItsCompiledConstraintFails() {
        var stop = new StopConditions(48, 0, false, Set.of(), List.of(), false);
        var request = request("bare", drawn(1), new ConstraintDefinition.JsonObject(), stop);
        var first = serve();
        try {
            engine(first).apply(new ReplicaCommand.Submit(request));
        } finally {
            first.runner().close();
        }
        var end = (GenerationEvent.Failed) requireNonNull(told.get(request.id())).getLast();
        assertThat(end.code()).isEqualTo(FailureCode.REPLICA_FAULT);
    }

    /** Stop conditions of the client precede the constraint. */
    @Test
    void stopsEndATextThatIsIncomplete() {
        var constraint =
                new ConstraintDefinition.JsonSchema("{\"type\":\"string\",\"minLength\":9}");
        var strings = new StopConditions(48, 0, false, Set.of(), List.of("\""), false);
        var tokens = new StopConditions(48, 0, false, Set.of(QUOTE), List.of(), false);
        var first = serve();
        try {
            for (var stop : List.of(strings, tokens)) {
                told.clear();
                var request = request("stopped", drawn(1), constraint, stop);
                run(List.of(engine(first)), List.of(request), 0);
                var events = requireNonNull(told.get(request.id()));
                assertThat(((GenerationEvent.Finished) events.getLast()).reason())
                        .isEqualTo(FinishReason.STOP);
                assertThat(text(events)).isEmpty();
            }
        } finally {
            first.runner().close();
        }
    }

    private void assertComplete(List<GenerationRequest> requests) {
        var cases = SchemaCase.all();
        int complete = 0;
        for (int i = 0; i < requests.size(); i++) {
            var events = requireNonNull(told.get(requests.get(i).id()));
            if (events.getLast() instanceof GenerationEvent.Finished end
                    && end.reason() == FinishReason.STOP) {
                complete++;
                assertThat(SchemaOracle.problems(cases.get(i / 2).schema(), text(events)))
                        .as(text(events))
                        .isEmpty();
            }
        }
        assertThat(complete).isGreaterThan(requests.size() / 2);
    }

    /** Returns a greedy and a random request for each of some schemas. */
    private static List<GenerationRequest> requests() {
        var requests = new ArrayList<GenerationRequest>();
        var cases = SchemaCase.all();
        for (int i = 0; i < 12; i++) {
            var definition = cases.get(i).definition();
            requests.add(request("greedy-" + i, SamplingParams.GREEDY, definition));
            requests.add(request("drawn-" + i, drawn(i), definition));
        }
        return requests;
    }

    private static SamplingParams drawn(long seed) {
        return new SamplingParams(1, 1, 0, 0, 0, 0, 1, Map.of(QUOTE, 5.0), OptionalLong.of(seed));
    }

    private static GenerationRequest request(
            String id, SamplingParams sampling, @Nullable ConstraintDefinition constraint) {
        var stop = new StopConditions(48, 3, false, Set.of(), List.of(), false);
        return request(id, sampling, constraint, stop);
    }

    private static GenerationRequest request(
            String id,
            SamplingParams sampling,
            @Nullable ConstraintDefinition constraint,
            StopConditions stop) {
        return new GenerationRequest(
                        id,
                        AdapterRef.base(),
                        new Random(id.hashCode()).ints(12, 32, 127).toArray(),
                        sampling,
                        stop,
                        -1,
                        -1,
                        true)
                .withConstraint(constraint)
                .withSeed(1);
    }

    /**
     * Runs requests to their ends.
     *
     * @param oneIn chance of a move after a step, negative for one that brings what was told alone;
     *     0 for no moves
     */
    private void run(List<Engine> engines, List<GenerationRequest> requests, int oneIn) {
        var random = new Random(3);
        requests.forEach(request ->
                engines.getFirst().apply(new ReplicaCommand.Submit(request), constraint(request)));
        while (engines.stream().anyMatch(engine -> !engine.isIdle())) {
            for (var engine : engines) {
                if (!engine.isIdle()) {
                    assertThat(engine.step()).isTrue();
                }
                for (var request : requests) {
                    if (oneIn != 0 && random.nextInt(Math.abs(oneIn)) == 0) {
                        move(request, engine, engines.get(random.nextInt(2)), oneIn < 0);
                    }
                }
            }
        }
    }

    private void move(GenerationRequest request, Engine from, Engine to, boolean isRescue) {
        exported.clear();
        from.apply(new ReplicaCommand.Export(request.id()));
        for (var sequence : List.copyOf(exported)) {
            var state =
                    isRescue
                            ? SequenceState.told(
                                    sequence.request(), sequence.output(), List.of(), 0)
                            : sequence;
            to.apply(
                    new ReplicaCommand.Import(codec.sequence(codec.encode(state))),
                    constraint(request));
        }
    }

    private static @Nullable Constraint constraint(GenerationRequest request) {
        var definition = request.constraint();
        return definition == null ? null : model.constraints().compile(definition);
    }

    private List<Integer> tokens(GenerationRequest request) {
        return requireNonNull(told.get(request.id())).stream()
                .filter(GenerationEvent.Token.class::isInstance)
                .map(event -> ((GenerationEvent.Token) event).token())
                .toList();
    }

    private static String text(List<GenerationEvent> events) {
        var text = new StringBuilder();
        for (var event : events) {
            switch (event) {
                case GenerationEvent.Token token -> text.append(token.text());
                case GenerationEvent.Finished end -> text.append(end.text());
                default -> {}
            }
        }
        return text.toString();
    }

    private static ReplicaModel serve() {
        return ReplicaModel.open(
                settings(),
                model,
                weights,
                device,
                2,
                Map.of(),
                MergePermits.ALL,
                CopyMemory.upTo(0));
    }

    private static ReplicaSettings settings() {
        return new ReplicaSettings(
                "r", new StepLimits(8, 64, 16), BLOCKS, DType.F32, MAX_LENGTH, true);
    }

    private Engine engine(ReplicaModel served) {
        return new Engine(
                settings(),
                served,
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
}
