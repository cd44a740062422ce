package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.dlora.device.cuda.NeedsCuda;
import org.dlora.device.cuda.SharedGpu;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.replica.RecordedStep;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * Reference models on a GPU in float32, with the base and all adapters at once, in modes that are
 * drawn for each step: tokens and log-probabilities are those of the reference, which computed each
 * case alone.
 */
@ExtendWith(NeedsCuda.class)
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GoldenCudaTest {
    private static final int TOKENS = 12;

    /** Longest prompt: the stand-in for the driver takes milliseconds for a row. */
    private static final int PROMPT = 40;

    private static final ReplicaSettings SETTINGS =
            new ReplicaSettings("golden", new StepLimits(16, 96, 16), 64, DType.F32, 256, true);

    private final Observed observed = new Observed();

    private record Served(JsonNode row, Recording recording) {}

    static Stream<Arguments> models() throws IOException {
        return GoldenReplicaTest.models();
    }

    @ParameterizedTest
    @MethodSource("models")
    void servesAllTogetherAsTheReferenceDoesAlone(Path set, String name) throws Exception {
        var gpu = SharedGpu.number(0);
        long before = gpu.bytes();
        try (var golden = new GoldenModel(set, name, gpu, WeightPrecision.FLOAT32)) {
            long hash = golden.hash();
            var model = golden.serve(SETTINGS);
            try (var _ = model.runner()) {
                var modes = new RandomModes(new PreemptingPlans(), new Random(5));
                var engine = new Engine(SETTINGS, model, Plans.of(modes), observed);
                var served = new ArrayList<Served>();
                for (var row : cases(set, name, golden.adapterNames())) {
                    served.add(new Served(row, new Recording()));
                    engine.submit(
                            GoldenReplicaTest.request(row, true, TOKENS),
                            served.getLast().recording());
                }
                assertThat(served.stream().map(one -> one.row().get("adapter").asString("")))
                        .contains("")
                        .containsAll(golden.adapterNames());
                while (!engine.isIdle()) {
                    engine.step();
                    engine.verify();
                }
                for (var one : served) {
                    GoldenReplicaTest.checkBeginning(one.row(), one.recording(), TOKENS);
                }
                engine.releaseCopies();
            }
            assertThat(golden.hash()).isEqualTo(hash);
            var merged = observed.steps().stream().filter(GoldenCudaTest::isMerged).toList();
            assertThat(merged.size()).isBetween(1, observed.steps().size() - 1);
            assertThat(merged).anyMatch(step -> step.correctedRows() > 0);
        }
        assertThat(gpu.bytes()).isEqualTo(before);
    }

    private static boolean isMerged(RecordedStep step) {
        return step.decision().mode() instanceof Mode.Merged;
    }

    private static List<JsonNode> cases(Path set, String name, List<String> adapters)
            throws IOException {
        return GoldenReplicaTest.cases(set, name, adapters).stream()
                .filter(row -> row.get("prompt_ids").size() <= PROMPT)
                .toList();
    }
}
