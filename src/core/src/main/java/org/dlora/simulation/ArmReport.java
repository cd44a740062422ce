package org.dlora.simulation;

import java.util.List;

/**
 * The runs of an arm.
 *
 * @param runs by ascending rate
 * @param sustained highest rate found within the limit, in requests per second; 0 if none is
 */
public record ArmReport(Arm arm, List<RunReport> runs, double sustained) {
    public ArmReport {
        runs = List.copyOf(runs);
    }

    static ArmReport of(ClusterSetup setup, Arm arm, List<Double> rates, double limit) {
        var search = new RateSearch(rate -> RunReport.of(setup, arm, rate), limit);
        rates.forEach(search::at);
        double sustained = search.sustained(setup.replicas() / 2.0);
        return new ArmReport(arm, List.copyOf(search.runs().values()), sustained);
    }
}
