package org.dlora.scheduling.credit;

/**
 * The constants of the paper's credit rule.
 *
 * @param maxBatch requests in a batch
 * @param merged seconds of an iteration with merged weights
 * @param unmerged seconds of an iteration without merged weights
 * @param change seconds of a merge or unmerge
 * @param thetaHigh credit from which an adapter starves
 * @param thetaLow credit below which an adapter no longer starves
 * @param mergeCredit credit paid for each request that a merged batch displaces
 * @param starvingCredit credit paid for each request that starving adapters displace
 * @param stepAdd step by which the bars of merged mode approach each other
 * @param stepMultiply factor by which the bars of merged mode part
 */
public record CreditConstants(
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
     * Returns the artifact's constants for measured times.
     *
     * @param rho time of a merged iteration over that of an unmerged one
     */
    public static CreditConstants artifact(
            int adapters, int maxBatch, double rho, IterationTimes times) {
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

    /** Returns the artifact's initial credit of an adapter. */
    public static double firstCredit(int adapters) {
        return UNIT * (adapters - 1);
    }
}
