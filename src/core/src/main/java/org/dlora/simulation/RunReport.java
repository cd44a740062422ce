package org.dlora.simulation;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.workload.Distribution;

/**
 * The figures of one run.
 *
 * @param rate requests per second
 * @param requests number of requests; all have ended with their tokens
 * @param outputTokens of all requests
 * @param secondsPerToken latency of a request over its output tokens
 * @param imbalance requests of the fullest replica over the mean, averaged over time
 * @param moved requests that were moved, a request counted once for each move
 * @param longPauses moves whose stream paused for longer than two steps of the new replica and the
 *     copy of the last blocks
 * @param plans rebalancing plans that were applied
 * @param adapterBytes most bytes that the adapters of a replica have taken
 */
public record RunReport(
        Arm arm,
        double rate,
        int requests,
        long outputTokens,
        Distribution secondsPerToken,
        double imbalance,
        int moved,
        int longPauses,
        int plans,
        long adapterBytes) {
    static RunReport of(
            Arm arm,
            double rate,
            List<VirtualRequest> requests,
            double imbalance,
            int moved,
            int longPauses,
            int plans,
            long adapterBytes) {
        var latencies = requests.stream().mapToDouble(VirtualRequest::secondsPerToken).toArray();
        return new RunReport(
                arm,
                rate,
                requests.size(),
                requests.stream().mapToLong(request -> request.output).sum(),
                Distribution.of(latencies),
                imbalance,
                moved,
                longPauses,
                plans,
                adapterBytes);
    }

    /** Runs an arm at one rate. */
    public static RunReport of(ClusterSetup setup, Arm arm, double rate) {
        return new ClusterSimulation(setup, arm, rate).run();
    }

    /** Returns the figures for programs: names in snake case, times in seconds. */
    public Map<String, Object> values() {
        var values = new LinkedHashMap<String, Object>();
        values.put("rate", rate);
        values.put("requests", requests);
        values.put("output_tokens", outputTokens);
        values.put("mean_s_per_token", secondsPerToken.mean());
        values.put("p90_s_per_token", secondsPerToken.p90());
        values.put("imbalance", imbalance);
        values.put("moved", moved);
        values.put("long_pauses", longPauses);
        values.put("plans", plans);
        return values;
    }
}
