package org.dlora.replica;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;

/** The largest legal request of each kind. */
public enum LargestRequest {
    STOP_STRINGS,
    STOP_TOKENS,
    LOGIT_BIAS,
    ALLOWED_TOKENS,
    PENALTIES,
    ALL;

    private static final List<String> STOPS =
            IntStream.range(0, StopConditions.MAX_STOP_STRINGS)
                    .mapToObj(
                            i -> (char) ('0' + i) + "a".repeat(StopConditions.MAX_STOP_LENGTH - 1))
                    .toList();

    /** Most choices of a call. */
    public static final int CHOICES = 128;

    private boolean is(LargestRequest kind) {
        return this == kind || this == ALL;
    }

    /** Returns tokens without one, which comes where no end may. */
    private static Set<Integer> allBut(int one, Set<Integer> tokens) {
        return tokens.stream().filter(token -> token != one).collect(Collectors.toSet());
    }

    /**
     * Returns the choices of a call, each with a seed of its own.
     *
     * @param id of the call
     * @param promptTokens all different, as far as the vocabulary goes
     */
    public List<GenerationRequest> call(String id, int promptTokens, int vocabulary) {
        int[] prompt = IntStream.range(0, promptTokens).map(i -> i % vocabulary).toArray();
        var all = IntStream.range(0, vocabulary).boxed().collect(Collectors.toSet());
        var bias = all.stream().collect(Collectors.toMap(token -> token, token -> 0.5));
        boolean penalises = is(PENALTIES);
        var sampling =
                new SamplingParams(
                        1,
                        1,
                        0,
                        0,
                        penalises ? 1 : 0,
                        penalises ? 1 : 0,
                        penalises ? 2 : 1,
                        is(LOGIT_BIAS) ? bias : Map.of(),
                        is(ALLOWED_TOKENS) ? all : Set.of(),
                        OptionalLong.empty());
        var stop =
                new StopConditions(
                        100,
                        1,
                        false,
                        is(STOP_TOKENS) ? allBut(0, all) : Set.of(),
                        is(STOP_STRINGS) ? STOPS : List.of(),
                        false);
        return IntStream.range(0, CHOICES)
                .mapToObj(i ->
                        new GenerationRequest(
                                id + "-" + i,
                                AdapterRef.base(),
                                prompt,
                                sampling.withSeed(i),
                                stop.atMost(50),
                                -1,
                                -1,
                                true))
                .toList();
    }
}
