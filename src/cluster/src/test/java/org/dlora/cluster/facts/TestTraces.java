package org.dlora.cluster.facts;

import java.util.List;
import java.util.OptionalLong;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.jspecify.annotations.Nullable;

/** Traces of requests that tests make up. */
public final class TestTraces {
    private TestTraces() {}

    /** Returns the trace of a request of the base model without an answer. */
    public static RequestTrace base() {
        return of(null, null, List.of(), null);
    }

    /** Returns a trace with seed 7 and these output tokens. */
    public static RequestTrace of(
            @Nullable String adapter,
            @Nullable String user,
            List<String> replicas,
            @Nullable AnswerText answer,
            int... tokens) {
        var greedy = SamplingParams.GREEDY;
        var sampling =
                new SamplingParams(
                        greedy.temperature(),
                        greedy.topP(),
                        greedy.topK(),
                        greedy.minP(),
                        greedy.presencePenalty(),
                        greedy.frequencyPenalty(),
                        greedy.repetitionPenalty(),
                        greedy.logitBias(),
                        OptionalLong.of(7));
        return new RequestTrace(
                adapter,
                null,
                null,
                user,
                null,
                null,
                null,
                null,
                replicas,
                new GenerationRequest(
                        "r",
                        AdapterRef.base(),
                        new int[] {1, 2, 3},
                        sampling,
                        StopConditions.after(5),
                        -1,
                        -1,
                        true),
                TokenChain.of(tokens),
                null,
                answer,
                List.of(),
                CallPart.WHOLE);
    }
}
