package org.dlora.app.commands;

import static java.util.Objects.requireNonNull;

import java.util.List;
import org.dlora.security.limits.BudgetPeriod;
import org.dlora.security.limits.Limits;
import org.dlora.security.limits.TokenBudget;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** Options of the command {@code keys create} for the limits of the key. */
final class LimitOptions {
    @Spec(Target.MIXEE)
    private @Nullable CommandSpec spec;

    @Option(names = "--requests-per-minute", description = "completions per minute; no limit")
    private @Nullable Long requestsPerMinute;

    @Option(
            names = "--tokens-per-minute",
            description = "tokens of prompts and answers per minute; no limit")
    private @Nullable Long tokensPerMinute;

    @Option(
            names = "--concurrent-requests",
            description = "completions that run or wait at a time; no limit")
    private @Nullable Long concurrentRequests;

    @Option(
            names = "--token-budget",
            description = "tokens of a day or a month, by --budget-period; no budget")
    private @Nullable Long tokenBudget;

    @Option(
            names = "--budget-period",
            description = "day or month, by UTC, after which the budget begins anew (month)")
    private @Nullable String budgetPeriod;

    @Option(
            names = "--budget-alert",
            description = "share of the budget from which on it is told that it runs out (0.8)")
    private @Nullable Double budgetAlert;

    /** Returns the limits; ranges are checked where the key is made. */
    Limits limits() {
        return new Limits(requestsPerMinute, tokensPerMinute, concurrentRequests, budget());
    }

    private @Nullable TokenBudget budget() {
        if (tokenBudget == null) {
            if (budgetPeriod != null || budgetAlert != null) {
                throw wrong("--budget-period and --budget-alert need --token-budget");
            }
            return null;
        }
        var label = budgetPeriod == null ? BudgetPeriod.MONTH.label() : budgetPeriod;
        var period =
                BudgetPeriod.of(label)
                        .orElseThrow(
                                () -> wrong("--budget-period must be day or month, not " + label));
        return new TokenBudget(
                tokenBudget, period, budgetAlert == null ? TokenBudget.USUAL_ALERT : budgetAlert);
    }

    private ParameterException wrong(String message) {
        return new ParameterException(requireNonNull(spec).commandLine(), message);
    }

    /** Returns limits as the command lists them, in the names of the API. */
    static List<String> words(Limits limits) {
        return limits.state().entrySet().stream()
                .map(limit -> limit.getKey() + "=" + limit.getValue())
                .toList();
    }
}
