package org.dlora.simulation;

import java.util.List;
import java.util.stream.IntStream;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.dlora.workload.Lengths;
import org.dlora.workload.PlannedRequest;
import org.dlora.workload.Popularity;
import org.dlora.workload.Workload;

/**
 * The requests of a simulation: Poisson arrivals, Zipf popularity, and log-normal lengths with the
 * means of ShareGPT (vLLM, SOSP 2023). One seed draws the same requests at any rate.
 */
final class RequestPlan {
    private static final Lengths PROMPTS = new Lengths(161, 1, 4, 1024);
    private static final Lengths ANSWERS = new Lengths(338, 1, 1, ClusterSetup.MAX_LENGTH - 1);

    /** Prompts have ids from here on, so that none is the end token. */
    private static final int LOWEST_TOKEN = 2;

    private static final int END_OF_TOKENS = 32_000;

    private RequestPlan() {}

    /** Returns the requests in the order of their arrival. */
    static List<VirtualRequest> of(ClusterSetup setup, double rate) {
        int count = (int) Math.max(1, Math.round(rate * setup.seconds()));
        var workload =
                new Workload(
                        count,
                        rate,
                        Popularity.zipf(setup.adapters(), setup.zipf()),
                        PROMPTS,
                        ANSWERS,
                        LOWEST_TOKEN,
                        END_OF_TOKENS);
        var planned = workload.plan(setup.seed());
        return IntStream.range(0, count).mapToObj(i -> request(i, planned.get(i))).toList();
    }

    private static VirtualRequest request(int number, PlannedRequest planned) {
        int most = ClusterSetup.MAX_LENGTH - planned.prompt().length;
        var request =
                new GenerationRequest(
                        "q" + number,
                        AdapterRef.of(ClusterSetup.adapter(planned.model())),
                        planned.prompt(),
                        SamplingParams.GREEDY,
                        StopConditions.after(most),
                        -1,
                        -1,
                        true);
        return new VirtualRequest(
                request, Math.min(planned.outputTokens(), most), planned.arrival());
    }
}
