package org.dlora.scheduling.rebalance;

/** A solver of rebalancing problems. It always answers with a plan that can be carried out. */
public interface RebalanceSolver {
    /**
     * Returns a plan; one without moves if it finds nothing better than the present.
     *
     * @param timeLimit seconds after which the best plan so far is returned, at least 0
     */
    RebalancePlan solve(RebalanceProblem problem, double timeLimit);
}
