package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.dlora.constraint.Constraint;
import org.dlora.constraint.ConstraintDefinition;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.engine.merging.CopyMemory;
import org.dlora.engine.merging.MergePermits;
import org.dlora.engine.meters.EngineObserver;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.dlora.testing.TestFiles;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Sequences whose masks need a walk for each token, beside a sequence without a constraint. */
class MaskTurnsTest {
    private static final int CONSTRAINED = 24;
    private static final int TOKENS = 6;
    private static final int THREADS = 2;
    private static final String PLAIN = "plain";

    private static CpuDevice device;
    private static BaseModel model;
    private static DecoderWeights weights;

    private final Map<String, List<Integer>> told = new HashMap<>();

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
    void aStepMakesFewMasksAndEachSequenceHasItsTurn() {
        var requests = requests();
        var since = new HashMap<String, Integer>();
        serve(
                1,
                requests,
                before -> {
                    // Masks of the sequence whose turn it is, and one that each thread starts
                    // meanwhile.
                    int masks = 0;
                    for (var request : requests) {
                        var id = request.id();
                        int more = tokens(id).size() - before.getOrDefault(id, 0);
                        int waited = more > 0 ? 0 : since.merge(id, 1, Integer::sum);
                        if (more > 0) {
                            since.put(id, 0);
                        }
                        if (id.equals(PLAIN)) {
                            assertThat(more == 1 || tokens(id).size() == 40).isTrue();
                        } else {
                            masks += more;
                            assertThat(waited < CONSTRAINED || tokens(id).size() == TOKENS)
                                    .isTrue();
                        }
                    }
                    assertThat(masks).isLessThanOrEqualTo(1 + THREADS);
                });
        var together = Map.copyOf(told);
        told.clear();
        for (var request : requests) { // Later, as masks that were made need no work.
            serve(Long.MAX_VALUE, List.of(request), _ -> {});
        }
        assertThat(together).hasSize(1 + CONSTRAINED).isEqualTo(told);
    }

    private interface AfterStep {
        /** Checks the step, given the numbers of tokens before. */
        void check(Map<String, Integer> before);
    }

    private void serve(long maskWork, List<GenerationRequest> requests, AfterStep check) {
        var limits = new StepLimits(32, 512, 16);
        var settings =
                new ReplicaSettings("r", limits, 128, 128, DType.F32, 128, true, 0, maskWork);
        var served =
                ReplicaModel.open(
                        settings,
                        model,
                        weights,
                        device,
                        THREADS,
                        Map.of(),
                        MergePermits.ALL,
                        CopyMemory.upTo(0));
        try {
            var engine = engine(settings, served);
            requests.forEach(request ->
                    engine.apply(new ReplicaCommand.Submit(request), constraint(request)));
            while (!engine.isIdle()) {
                var before = new HashMap<String, Integer>();
                told.forEach((id, tokens) -> before.put(id, tokens.size()));
                assertThat(engine.step()).isTrue();
                assertThat(engine.verify()).isTrue();
                check.check(before);
            }
        } finally {
            served.runner().close();
        }
    }

    private List<Integer> tokens(String request) {
        return told.getOrDefault(request, List.of());
    }

    /** Returns requests of constraints that share nothing and have a state for each character. */
    private static List<GenerationRequest> requests() {
        var requests = new ArrayList<GenerationRequest>();
        requests.add(request(PLAIN, 40, null));
        for (int i = 0; i < CONSTRAINED; i++) {
            char c = (char) ('a' + i);
            var pattern = "[%1$c-z]0[%1$c-z]1[%1$c-z]2[%1$c-z]3[%1$c-z]4[%1$c-z]5".formatted(c);
            requests.add(request("r" + i, TOKENS, new ConstraintDefinition.Regex(pattern)));
        }
        return requests;
    }

    private static GenerationRequest request(
            String id, int tokens, @Nullable ConstraintDefinition constraint) {
        return new GenerationRequest(
                        id,
                        AdapterRef.base(),
                        new Random(id.hashCode()).ints(12, 32, 127).toArray(),
                        new SamplingParams(
                                1, 1, 0, 0, 0, 0, 1, Map.of(), OptionalLong.of(id.hashCode())),
                        new StopConditions(tokens, tokens, true, Set.of(), List.of(), false),
                        -1,
                        -1,
                        true)
                .withConstraint(constraint)
                .withSeed(1);
    }

    private static @Nullable Constraint constraint(GenerationRequest request) {
        var definition = request.constraint();
        return definition == null ? null : model.constraints().compile(definition);
    }

    private Engine engine(ReplicaSettings settings, ReplicaModel served) {
        return new Engine(
                settings,
                served,
                SchedulingSettings.DEFAULT,
                EngineObserver.NONE,
                request ->
                        new GenerationListener() {
                            @Override
                            public void on(GenerationEvent event) {
                                if (event instanceof GenerationEvent.Token token) {
                                    told.computeIfAbsent(request, _ -> new ArrayList<>())
                                            .add(token.token());
                                }
                            }
                        },
                _ -> {},
                () -> 0);
    }
}
