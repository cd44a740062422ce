package org.dlora.scheduling;

/**
 * What the rule of the paper is set to.
 *
 * @param maxBatch requests in a batch
 * @param merged seconds of an iteration with merged weights
 * @param unmerged seconds of an iteration without
 * @param change seconds of a merge or unmerge
 * @param thetaHigh credit from which an adapter starves
 * @param thetaLow credit below which it does no longer
 * @param mergeCredit for each request that a merged batch displaces
 * @param starvingCredit for each request that starving adapters displace
 * @param stepAdd by which the bars of merged mode come closer to each other
 * @param stepMultiply by which they part
 */
record CreditConstants(
        int maxBatch,
        double merged,
        double unmerged,
        double change,
        double thetaHigh,
        double thetaLow,
        double mergeCredit,
        double starvingCredit,
        double stepAdd,
        double stepMultiply) {

    private static final double UNIT = 1e4;

    /**
     * The artifact's, for times that are measured.
     *
     * @param rho share of an unmerged iteration's time that a merged one takes
     */
    static CreditConstants artifact(int adapters, int maxBatch, double rho, IterationTimes times) {
        double thetaHigh = UNIT * adapters;
        return new CreditConstants(
                maxBatch,
                times.merged(),
                times.unmerged(),
                times.change(),
                thetaHigh,
                thetaHigh - 5000,
                1 / (rho * maxBatch),
                1.0 / maxBatch,
                0.05,
                1.1);
    }

    /** What the artifact gives an adapter to begin with. */
    static double firstCredit(int adapters) {
        return UNIT * (adapters - 1);
    }
}
