package org.dlora.scheduling.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.workload.Arrivals;
import org.dlora.workload.Popularity;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Requests end sooner on average than where the least loaded replica is chosen: four replicas with
 * memory for 8 or for all of 16 adapters, whose answers have mean lengths from 10 to 160 tokens.
 */
class DispatchComparisonTest {
    private static final int ADAPTERS = 16;
    private static final int REQUESTS = 600;

    /** A rule that returns the index of a replica. */
    private interface Rule {
        int choose(List<QueuedReplica> replicas, QueuedRequest request);
    }

    @ParameterizedTest
    @CsvSource({"1, 8", "2, 8", "3, 8", "1, 16", "2, 16", "3, 16", "4, 16", "5, 16"})
    void requestsEndSoonerThanByLeastLoad(long seed, int capacity) {
        double leastLoad = meanSeconds(seed, capacity, DispatchComparisonTest::leastLoaded);
        double byFinish = meanSeconds(seed, capacity, DispatchComparisonTest::byFinish);
        assertThat(byFinish).isLessThan(0.8 * leastLoad);
    }

    private static int leastLoaded(List<QueuedReplica> replicas, QueuedRequest request) {
        var loads = replicas.stream().map(QueuedReplica::load).toList();
        return loads.indexOf(
                loads.stream()
                        .min(
                                Comparator.comparingInt((ReplicaLoad load) ->
                                                load.running() + load.waiting())
                                        .thenComparing(
                                                Comparator.comparingInt(ReplicaLoad::freeBlocks)
                                                        .reversed()))
                        .orElseThrow());
    }

    private static int byFinish(List<QueuedReplica> replicas, QueuedRequest request) {
        var asked =
                new DispatchRequest(
                        AdapterRef.of(request.adapter),
                        OutlookSketch.LORA,
                        request.promptTokens,
                        request.expectedOutput,
                        false);
        var outlooks =
                replicas.stream().map(r -> r.outlook(request.adapter, request.arrival)).toList();
        var decision = new FinishDispatch(DispatchSettings.DEFAULT).choose(asked, outlooks);
        return decision.prospects().indexOf(decision.chosen());
    }

    private static double meanSeconds(long seed, int capacity, Rule rule) {
        var replicas =
                IntStream.range(0, 4).mapToObj(i -> new QueuedReplica("r" + i, capacity)).toList();
        var requests = requests(seed);
        for (var request : requests) {
            replicas.forEach(replica -> replica.runUntil(request.arrival));
            replicas.get(rule.choose(replicas, request)).add(request);
        }
        replicas.forEach(replica -> replica.runUntil(Double.POSITIVE_INFINITY));
        return requests.stream().mapToDouble(QueuedRequest::seconds).average().orElseThrow();
    }

    private static List<QueuedRequest> requests(long seed) {
        var random = new Random(seed);
        var arrivals = Arrivals.poisson(11, random);
        var popularity = Popularity.zipf(ADAPTERS, 1);
        var requests = new ArrayList<QueuedRequest>();
        for (int i = 0; i < REQUESTS; i++) {
            int adapter = popularity.next(random);
            double mean = 10 << adapter % 5;
            int output = 1 + (int) (mean * random.nextExponential());
            requests.add(
                    new QueuedRequest(
                            "a" + adapter,
                            arrivals.next(),
                            20 + random.nextInt(160),
                            output,
                            mean));
        }
        return requests;
    }
}
