package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * All reference cases of a model at once, base and adapters mixed, in a small cache and with
 * preemption: every one must come out as transformers and PEFT computed it alone.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GoldenReplicaTest {
    /** Fewer than the sequences of a batch need together, and enough for the longest. */
    private static final int BLOCKS = 24;

    /** Tokens of each case's answer. */
    static final int TOKENS = 24;

    private static final float TOLERANCE = 2e-3f;
    private static final JsonMapper JSON = new JsonMapper();

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private record Served(JsonNode row, Recording recording) {}

    static Stream<Arguments> models() throws IOException {
        var models = new ArrayList<Arguments>();
        for (var set : List.of(GoldenModel.ROOT, GoldenModel.VECTORS)) {
            try (var folders = Files.list(set.resolve("models"))) {
                folders.filter(Files::isDirectory)
                        .map(folder -> folder.getFileName().toString())
                        .sorted()
                        .forEach(name -> models.add(Arguments.of(set, name)));
            }
        }
        return models.stream();
    }

    @Test
    void parksAllItsThreadsWhenIdle() throws InterruptedException {
        var others = Thread.getAllStackTraces().keySet();
        var settings =
                new ReplicaSettings(
                        "idle", new StepLimits(4, 96, 16), BLOCKS, DType.F32, 256, true);
        try (var golden = new GoldenModel("llama-gqa");
                var replica = golden.replica(settings, registry)) {
            replica.start();
            var recording = new Recording();
            replica.submit(Requests.greedy("r", 5, 3), recording);
            recording.await();

            var own = new HashSet<>(Thread.getAllStackTraces().keySet());
            own.removeAll(others);
            own.removeIf(thread -> !thread.getName().matches("(replica-idle|dlora-cpu-).*"));
            assertThat(own)
                    .extracting(thread -> thread.getName().replaceFirst("cpu-\\d+", "cpu"))
                    .containsExactlyInAnyOrder("replica-idle", "replica-idle-out", "dlora-cpu-1");
            for (var thread : own) {
                // Ends only if the thread does not watch for work for ever.
                while (thread.getState() != Thread.State.WAITING) {
                    Thread.onSpinWait();
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void servesAllCasesTogetherAsTheReferenceDoesAlone(Path set, String name) throws Exception {
        var settings =
                new ReplicaSettings(
                        "golden", new StepLimits(16, 96, 16), BLOCKS, DType.F32, 256, true);
        try (var golden = new GoldenModel(set, name);
                var replica = golden.replica(settings, registry)) {
            replica.start();
            var served = new ArrayList<Served>();
            for (var row : cases(set, name, golden.adapterNames())) {
                served.add(new Served(row, new Recording()));
                replica.submit(request(row, true), served.getLast().recording());
            }
            assertThat(served.stream().map(one -> one.row().get("adapter").asString("")))
                    .contains("")
                    .containsAll(golden.adapterNames());
            for (var one : served) {
                one.recording().await();
                check(one.row(), one.recording());
            }
            assertThat(registry.get("dlora.preemptions").counter().count()).isPositive();
            assertThat(replica.load()).isEqualTo(new ReplicaLoad("golden", 0, 0, BLOCKS, BLOCKS));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-gqa", "qwen2"})
    void endsAtTheFirstEndToken(String name) throws Exception {
        var settings =
                new ReplicaSettings(
                        "golden", new StepLimits(16, 96, 16), 400, DType.F32, 256, true);
        try (var golden = new GoldenModel(name);
                var replica = golden.replica(settings, registry)) {
            replica.start();
            int ended = 0;
            for (var row : cases(GoldenModel.ROOT, name, golden.adapterNames())) {
                if (!row.get("eos_at").isNull()) {
                    ended++;
                    var recording = new Recording();
                    replica.submit(request(row, false), recording);
                    recording.await();
                    int tokens = row.get("eos_at").intValue() + 1;
                    assertThat(recording.tokens())
                            .isEqualTo(ints(row.get("tokens")).subList(0, tokens));
                    assertThat(recording.finishReason()).isEqualTo(FinishReason.STOP);
                }
            }
            assertThat(ended).isPositive();
        }
    }

    static void check(JsonNode row, Recording recording) {
        checkBeginning(row, recording, TOKENS);
        var id = row.get("id").stringValue();
        var text = row.get("text").stringValue();
        // A stream gives one U+FFFD per invalid part, decoding at once gives one per byte.
        if (!text.contains("\uFFFD")) {
            assertThat(recording.text()).as(id).isEqualTo(text);
        }
        var finished = (Finished) recording.last();
        assertThat(finished.reason()).as(id).isEqualTo(FinishReason.LENGTH);
        assertThat(finished.promptTokens()).as(id).isEqualTo(row.get("prompt_ids").size());
    }

    /** Tokens and log-probabilities of the first {@code tokens} steps. */
    static void checkBeginning(JsonNode row, Recording recording, int tokens) {
        var id = row.get("id").stringValue();
        assertThat(recording.tokens()).as(id).isEqualTo(ints(row.get("tokens")).subList(0, tokens));
        for (int step = 0; step < tokens; step++) {
            var token = (Token) recording.events().get(step);
            var top = Objects.requireNonNull(token.logprobs()).top();
            var expected = row.get("steps").get(step).get("top5");
            for (int i = 0; i < expected.size(); i++) {
                assertThat(top.get(i).logprob())
                        .as("%s, step %d", id, step)
                        .isCloseTo((float) expected.get(i).get(1).asDouble(), within(TOLERANCE));
            }
        }
    }

    static List<JsonNode> cases(Path set, String model, List<String> adapters) throws IOException {
        var cases = new ArrayList<JsonNode>();
        for (var part : List.of("golden", "variants")) {
            var file = set.resolve(part).resolve(model + ".jsonl");
            for (var line : Files.exists(file) ? Files.readAllLines(file) : List.<String>of()) {
                var row = JSON.readTree(line);
                if (row.get("adapter").isNull()
                        || adapters.contains(row.get("adapter").stringValue())) {
                    cases.add(row);
                }
            }
        }
        Collections.shuffle(cases, new Random(1));
        return cases;
    }

    static GenerationRequest request(JsonNode row, boolean ignoreEos) {
        return request(row, ignoreEos, TOKENS);
    }

    static GenerationRequest request(JsonNode row, boolean ignoreEos, int tokens) {
        var stop = new StopConditions(tokens, 0, ignoreEos, Set.of(), List.of(), false);
        return new GenerationRequest(
                row.get("id").stringValue(),
                AdapterRef.ofNullable(
                        row.get("adapter").isNull() ? null : row.get("adapter").stringValue()),
                ints(row.get("prompt_ids")).stream().mapToInt(Integer::intValue).toArray(),
                SamplingParams.GREEDY,
                stop,
                5,
                -1,
                true);
    }

    static List<Integer> ints(JsonNode array) {
        return array.valueStream().map(JsonNode::intValue).toList();
    }
}
