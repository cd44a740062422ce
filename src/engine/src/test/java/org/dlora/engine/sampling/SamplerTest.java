package org.dlora.engine.sampling;

import static java.util.Comparator.comparingDouble;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.assertj.core.data.Offset;
import org.dlora.device.TopK;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.replica.request.TokenLogprobs;
import org.dlora.scheduling.AdapterRef;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SamplerTest {
    private static final Offset<Double> TOLERANCE = within(1e-5);
    private static final Path REFERENCE = TestFiles.golden("sampling.jsonl");

    @ParameterizedTest
    @MethodSource("reference")
    void givesTheReferenceDistribution(JsonNode row) {
        var logits = floats(row.get("logits"));
        var request =
                request(
                        ints(row.get("prompt_ids")),
                        params(row.get("params")),
                        StopConditions.after(1));
        var state = new SamplingState(request, Set.of());
        Arrays.stream(ints(row.get("output_ids"))).forEach(state::add);

        var actual = new Sampler(logits.length).probabilities(logits, state);

        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i])
                    .as("token %d", i)
                    .isCloseTo(row.get("probs").get(i).asDouble(), TOLERANCE);
        }
    }

    static Stream<JsonNode> reference() throws IOException {
        var json = JsonMapper.shared();
        var rows = Files.readAllLines(REFERENCE).stream().map(json::readTree).toList();
        assertThat(rows).hasSize(92);
        return rows.stream();
    }

    @Test
    void theSameSeedGivesTheSameTokens() {
        var first = draws(seeded(42), 200);
        assertThat(draws(seeded(42), 200)).isEqualTo(first);
        assertThat(draws(seeded(43), 200)).isNotEqualTo(first);
    }

    @Test
    void withoutSeedTokensDiffer() {
        var params = new SamplingParams(1, 1, 0, 0, 0, 0, 1, Map.of(), OptionalLong.empty());
        assertThat(draws(params, 200)).isNotEqualTo(draws(params, 200));
    }

    @Test
    void drawsAsOftenAsTheProbabilitiesSay() {
        var logits = new float[] {0, 1, 2, 3};
        var state =
                new SamplingState(
                        request(new int[] {0}, seeded(7), StopConditions.after(1)), Set.of());
        var sampler = new Sampler(4);
        var expected = sampler.probabilities(logits, state).clone();
        var counts = new double[4];
        for (int i = 0; i < 20_000; i++) {
            counts[sampler.sample(logits, state)]++;
        }
        for (int i = 0; i < 4; i++) {
            assertThat(counts[i] / 20_000).isCloseTo(expected[i], within(0.015));
        }
    }

    @Property(tries = 300)
    void greedyTakesTheLargestLogitWithAndWithoutTheFastPath(@ForAll long seed) {
        var logits = logits(new Random(seed), 50);
        int largest =
                IntStream.range(0, 50)
                        .reduce((a, b) -> logits[b] > logits[a] ? b : a)
                        .orElseThrow();
        var fast =
                new SamplingState(
                        request(new int[] {0}, SamplingParams.GREEDY, StopConditions.after(1)),
                        Set.of());
        var biased =
                new SamplingParams(0, 1, 0, 0, 0, 0, 1, Map.of(largest, 0.5), OptionalLong.empty());
        var slow =
                new SamplingState(
                        request(new int[] {0}, biased, StopConditions.after(1)), Set.of());
        assertThat(fast.isPlainGreedy()).isTrue();
        assertThat(slow.isPlainGreedy()).isFalse();
        assertThat(fast.mayCome(largest)).isTrue();
        assertThat(new Sampler(50).sample(logits, fast)).isEqualTo(largest);
        assertThat(new Sampler(50).sample(logits, slow)).isEqualTo(largest);
    }

    @Property(tries = 300)
    void onlyAllowedTokensCome(@ForAll long seed) {
        var random = new Random(seed);
        var logits = logits(random, 50);
        var allowed = Set.of(random.nextInt(48), 49 - random.nextInt(2));
        for (double temperature : new double[] {0, 1.5}) {
            var params =
                    new SamplingParams(
                            temperature,
                            1,
                            0,
                            0,
                            0,
                            0,
                            1,
                            Map.of(),
                            allowed,
                            OptionalLong.of(seed));
            var state =
                    new SamplingState(
                            request(new int[] {0}, params, StopConditions.after(9)), Set.of(7));
            assertThat(IntStream.range(0, 50).filter(state::mayCome).boxed())
                    .containsExactlyInAnyOrderElementsOf(allowed);
            int likeliest =
                    allowed.stream().max(comparingDouble(token -> logits[token])).orElseThrow();
            int token = new Sampler(50).sample(logits, state);
            assertThat(token).isIn(allowed);
            if (temperature == 0) {
                assertThat(token).isEqualTo(likeliest);
            }
        }
    }

    @Test
    void noTokenIsPossibleWhereOnlyAnEndIsAllowedThatMustNotCome() {
        var params =
                new SamplingParams(0, 1, 0, 0, 0, 0, 1, Map.of(), Set.of(3), OptionalLong.empty());
        var stop = new StopConditions(9, 2, false, Set.of(), List.of(), false);
        var state = new SamplingState(request(new int[] {0}, params, stop), Set.of(3));
        assertThatExceptionOfType(ArithmeticException.class)
                .isThrownBy(() -> new Sampler(4).sample(new float[] {0, 1, 2, 3}, state))
                .withMessageContaining("allowed_token_ids");
    }

    @Test
    void noEndOrStopTokenComesBeforeTheMinimum() {
        var stop = new StopConditions(9, 2, false, Set.of(2), List.of(), false);
        var state =
                new SamplingState(request(new int[] {0}, SamplingParams.GREEDY, stop), Set.of(3));
        var logits = new float[] {0, 1, 2, 3};
        var sampler = new Sampler(4);
        assertThat(sampler.sample(logits, state)).isEqualTo(1);
        state.add(1);
        assertThat(sampler.sample(logits, state)).isEqualTo(1);
        assertThat(state.mayCome(2) || state.mayCome(3)).isFalse();
        state.add(1);
        assertThat(state.mayCome(2) && state.mayCome(3)).isTrue();
        assertThat(sampler.sample(logits, state)).isEqualTo(3);
    }

    @Test
    void refusesLogitsThatAreNoNumbers() {
        var state =
                new SamplingState(
                        request(new int[] {0}, seeded(1), StopConditions.after(1)), Set.of());
        assertThatExceptionOfType(ArithmeticException.class)
                .isThrownBy(() -> new Sampler(3).sample(new float[] {1, Float.NaN, 2}, state))
                .withMessageContaining("NaN")
                .withMessageContaining("token 1");
        assertThatExceptionOfType(ArithmeticException.class)
                .isThrownBy(() ->
                        new Sampler(2).sample(new float[] {1, Float.POSITIVE_INFINITY}, state))
                .withMessageContaining("Infinity");
    }

    @Test
    void saysSoIfNoTokenIsPossible() {
        var stop = new StopConditions(9, 2, false, Set.of(0, 1), List.of(), false);
        var state =
                new SamplingState(request(new int[] {0}, SamplingParams.GREEDY, stop), Set.of());
        assertThatExceptionOfType(ArithmeticException.class)
                .isThrownBy(() -> new Sampler(2).sample(new float[] {1, 2}, state))
                .withMessageContaining("min_tokens");
    }

    @Property(tries = 500)
    void topKSelectsAsSortingDoes(@ForAll long seed) {
        var random = new Random(seed);
        var values = random.doubles(1 + random.nextInt(40)).map(x -> Math.floor(x * 10)).toArray();
        int k = random.nextInt(values.length + 3);
        var sorted =
                IntStream.range(0, values.length)
                        .boxed()
                        .sorted((a, b) ->
                                values[a] == values[b]
                                        ? a - b
                                        : Double.compare(values[b], values[a]))
                        .limit(k)
                        .mapToInt(Integer::intValue)
                        .toArray();
        assertThat(TopK.largest(i -> values[i], values.length, k)).isEqualTo(sorted);
    }

    @Property(tries = 2000)
    void theLargestLogitsGiveTheTokenOfTheWholeRow(@ForAll long seed) {
        var random = new Random(seed);
        int size = 2 + random.nextInt(200);
        var logits = logits(random, size);
        if (random.nextBoolean()) {
            int steps = 1 << random.nextInt(8);
            for (int i = 0; i < size; i++) {
                logits[i] = (float) Math.rint(logits[i] * steps) / steps;
            }
        }
        int k = 1 + random.nextInt(size - 1);
        double[] some = {1, 0, 1e-9, 0.1, 0.5, 0.9, 0.999999, Math.nextDown(1)};
        var params =
                new SamplingParams(
                        random.nextBoolean() ? 1 : 1e-3 + 3 * random.nextDouble(),
                        some[random.nextInt(some.length)],
                        k,
                        random.nextBoolean() ? 0 : random.nextDouble(),
                        0,
                        0,
                        1,
                        Map.of(),
                        OptionalLong.of(seed));
        var request = request(new int[] {0}, params, StopConditions.after(1));
        int more = Math.min(size, k + 1 + random.nextInt(3));
        int[] tokens = TopK.largest(i -> logits[i], size, more);
        var largest = new float[more];
        for (int i = 0; i < more; i++) {
            largest[i] = logits[tokens[i]];
        }

        var top = TopLogits.of(tokens, largest, 0, k);

        assertThat(top.isPresent()).isEqualTo(largest[k - 1] != largest[k]);
        var whole = new SamplingState(request, Set.of());
        var part = new SamplingState(request, Set.of());
        assertThat(part.topKAlone()).isEqualTo(k);
        for (int draw = 0; draw < 5 && top.isPresent(); draw++) {
            assertThat(new Sampler(size).sample(top.get(), part))
                    .isEqualTo(new Sampler(size).sample(logits, whole));
        }
    }

    @Test
    void logProbabilitiesAreThoseOfTheRawLogits() {
        var report = LogSoftmax.of(new float[] {1, 3, 2, 3}).report(0, 3);
        double logSum = Math.log(Math.exp(1) + 2 * Math.exp(3) + Math.exp(2));
        assertThat(report.token().logprob()).isCloseTo((float) (1 - logSum), within(1e-6f));
        assertThat(report.top().stream().map(TokenLogprobs.Entry::token)).containsExactly(1, 3, 2);
        assertThat(report.top().getFirst().logprob())
                .isCloseTo((float) (3 - logSum), within(1e-6f));
    }

    private static List<Integer> draws(SamplingParams params, int count) {
        var state =
                new SamplingState(
                        request(new int[] {0}, params, StopConditions.after(1)), Set.of());
        var sampler = new Sampler(50);
        var logits = logits(new Random(5), 50);
        return IntStream.range(0, count).map(i -> sampler.sample(logits, state)).boxed().toList();
    }

    private static SamplingParams seeded(long seed) {
        return new SamplingParams(1, 1, 0, 0, 0, 0, 1, Map.of(), OptionalLong.of(seed));
    }

    private static float[] logits(Random random, int count) {
        var logits = new float[count];
        for (int i = 0; i < count; i++) {
            logits[i] = (float) random.nextGaussian();
        }
        return logits;
    }

    private static GenerationRequest request(
            int[] prompt, SamplingParams params, StopConditions stop) {
        return new GenerationRequest("r", AdapterRef.base(), prompt, params, stop, -1, -1, true);
    }

    private static SamplingParams params(JsonNode params) {
        var bias = new HashMap<Integer, Double>();
        params.path("logit_bias")
                .properties()
                .forEach(entry ->
                        bias.put(Integer.valueOf(entry.getKey()), entry.getValue().asDouble()));
        return new SamplingParams(
                params.path("temperature").asDouble(1),
                params.path("top_p").asDouble(1),
                params.path("top_k").asInt(0),
                params.path("min_p").asDouble(0),
                params.path("presence_penalty").asDouble(0),
                params.path("frequency_penalty").asDouble(0),
                params.path("repetition_penalty").asDouble(1),
                bias,
                OptionalLong.of(1));
    }

    private static int[] ints(JsonNode array) {
        return IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray();
    }

    private static float[] floats(JsonNode array) {
        var floats = new float[array.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) array.get(i).asDouble();
        }
        return floats;
    }
}
