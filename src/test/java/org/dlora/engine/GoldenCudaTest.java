package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Random;
import java.util.stream.Stream;
import org.dlora.device.cuda.NeedsCuda;
import org.dlora.device.cuda.SharedGpu;
import org.dlora.engine.step.TransformerRunner;
import org.dlora.model.WeightPrecision;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * The reference cases of all models with their adapters on a GPU in float32: alone as transformers
 * and PEFT computed them, and with switches of merged weights at random steps.
 */
@ExtendWith(NeedsCuda.class)
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GoldenCudaTest {
    private static final int BLOCKS = 64;

    private record Served(JsonNode row, Recording recording) {}

    static Stream<Arguments> models() throws IOException {
        return GoldenReplicaTest.models();
    }

    @ParameterizedTest
    @MethodSource("models")
    void servesAllCasesTogetherAsTheReferenceDoesAlone(Path set, String name) throws Exception {
        try (var golden = golden(set, name);
                var replica = golden.replica(settings(), new SimpleMeterRegistry())) {
            replica.start();
            var served = new ArrayList<Served>();
            for (var row : GoldenReplicaTest.cases(set, name, golden.adapterNames())) {
                served.add(new Served(row, new Recording()));
                replica.submit(GoldenReplicaTest.request(row, true), served.getLast().recording());
            }
            for (var one : served) {
                one.recording().await();
                GoldenReplicaTest.check(one.row(), one.recording());
            }
            assertThat(served).isNotEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void oneCaseOfEachAdapterComesOutWithSwitchesAtRandomSteps(Path set, String name)
            throws Exception {
        try (var golden = golden(set, name)) {
            long before = golden.deviceBytes();
            var served = golden.serve(settings());
            var runner = (TransformerRunner) served.runner();
            try (var switching = new SwitchingRunner(runner, golden, new Random(7))) {
                var model =
                        new ReplicaModel(
                                switching, served.texts(), served.endTokens(), served.adapters());
                var cases = new LinkedHashMap<String, JsonNode>();
                GoldenReplicaTest.cases(set, name, golden.adapterNames())
                        .forEach(row -> cases.putIfAbsent(row.get("adapter").asString(""), row));
                GoldenMergeTest.check(
                        GoldenMergeTest.run(
                                model, new ArrayList<>(cases.values()), new PreemptingPlans()));
                assertThat(switching.steps).isPositive();
            }
            assertThat(golden.deviceBytes()).isEqualTo(before);
        }
    }

    private static GoldenModel golden(Path set, String name) {
        return new GoldenModel(set, name, SharedGpu.number(0), WeightPrecision.FLOAT32);
    }

    private static ReplicaSettings settings() {
        return new ReplicaSettings(
                "golden", new StepLimits(16, 96, 16), BLOCKS, DType.F32, 256, true);
    }
}
