package org.dlora.security.limits;

/** Observer of the limits. It is called on threads that must not wait, so it returns at once. */
public interface LimitObserver {
    /** Watches nothing. */
    LimitObserver NONE =
            new LimitObserver() {
                @Override
                public void refused(Limited owner, LimitKind limit) {}

                @Override
                public void budgetRunsOut(Limited owner, TokenBudget budget, long used) {}
            };

    /** Tells of a refused request. */
    void refused(Limited owner, LimitKind limit);

    /**
     * Tells, once in a period, that the share of a budget is used from which on it is told.
     *
     * @param used tokens of the period
     */
    void budgetRunsOut(Limited owner, TokenBudget budget, long used);
}
