package org.dlora.workload;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * The requests of one run, as distributions.
 *
 * @param requests number of requests
 * @param rate arrivals per second; 0 = all at the start
 * @param popularity of the models
 * @param prompts lengths of prompts
 * @param outputs lengths of answers
 * @param lowestToken smallest id in the random prompts
 * @param endToken prompts have ids below it
 */
public record Workload(
        int requests,
        double rate,
        Popularity popularity,
        Lengths prompts,
        Lengths outputs,
        int lowestToken,
        int endToken) {
    public Workload {
        if (requests < 1 || lowestToken < 0 || endToken <= lowestToken) {
            throw new IllegalArgumentException(
                    "%d requests with tokens from %d below %d: expected at least 1 request and 1 token"
                            .formatted(requests, lowestToken, endToken));
        }
    }

    /**
     * Returns the requests in the order of their arrival. The same seed gives the same requests.
     */
    public List<PlannedRequest> plan(long seed) {
        var random = new SplittableRandom(seed);
        var arrivals = Arrivals.poisson(rate, random);
        return Stream.generate(
                        () -> {
                            double arrival = arrivals.next();
                            int length = prompts.next(random);
                            int[] prompt = random.ints(length, lowestToken, endToken).toArray();
                            int model = popularity.next(random);
                            return new PlannedRequest(model, prompt, outputs.next(random), arrival);
                        })
                .limit(requests)
                .toList();
    }

    /** Returns the same workload with {@code number} requests, all at the start. */
    public Workload warmUp(int number) {
        return new Workload(number, 0, popularity, prompts, outputs, lowestToken, endToken);
    }
}
