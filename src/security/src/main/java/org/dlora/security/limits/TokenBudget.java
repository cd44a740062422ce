package org.dlora.security.limits;

/**
 * The most tokens of a period, prompts and answers together.
 *
 * @param tokens of one period
 * @param period after which it begins anew
 * @param alert share of the tokens from which on it is told that the budget runs out, 0 to 1
 */
public record TokenBudget(long tokens, BudgetPeriod period, double alert) {
    /** Share from which on it is told, where none is given. */
    public static final double USUAL_ALERT = 0.8;

    /** Returns whether so many used tokens are worth an alert. */
    boolean isAlert(long used) {
        return used >= alert * tokens;
    }
}
