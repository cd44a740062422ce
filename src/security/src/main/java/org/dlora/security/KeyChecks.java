package org.dlora.security;

import java.time.Instant;
import java.util.List;
import org.dlora.security.limits.Limits;
import org.jspecify.annotations.Nullable;

/** Checks of what keys and teams are to be. Each throws {@link AccessChangeException}. */
final class KeyChecks {
    private static final int NAME = 100;
    private static final int DESCRIPTION = 1000;
    private static final int PATTERNS = 100;
    private static final int PATTERN = 255;

    private KeyChecks() {}

    static void check(KeySettings settings, List<Team> teams, Instant now) {
        if (settings.name().isBlank()
                || settings.name().length() > NAME
                || !isPlain(settings.name())) {
            throw AccessChangeException.invalid(
                    "name",
                    "'name' must have 1 to %d characters and no control characters."
                            .formatted(NAME));
        }
        if (settings.scopes().isEmpty()) {
            throw AccessChangeException.invalid(
                    "scopes",
                    "'scopes' is empty; give some of inference, adapters, admin, metrics.");
        }
        check("adapters", settings.adapters());
        var team = settings.team();
        if (team != null && teams.stream().noneMatch(known -> known.name().equals(team))) {
            throw AccessChangeException.invalid(
                    "team", "There is no such team; POST /admin/teams makes it.");
        }
        boolean isLimited = team != null || !settings.adapters().equals(AdapterPatterns.ALL);
        if (settings.scopes().contains(Scope.ADMIN) && isLimited) {
            throw AccessChangeException.invalid(
                    "scopes",
                    "A key with scope 'admin' may do everything: it has no team, and 'adapters' is [\"*\"].");
        }
        check(settings.limits());
        var expires = settings.expires();
        if (expires != null && !expires.isAfter(now)) {
            throw AccessChangeException.invalid(
                    "expires", "'expires' is %s, which is not in the future.".formatted(expires));
        }
    }

    static void check(Team team) {
        if (!Team.isName(team.name())) {
            throw AccessChangeException.invalid(
                    "name",
                    "'name' must begin with a letter or digit and have up to 64 letters, digits, '.', '_' or '-'.");
        }
        if (team.description().length() > DESCRIPTION || !isPlain(team.description())) {
            throw AccessChangeException.invalid(
                    "description",
                    "'description' may have %d characters and no control characters."
                            .formatted(DESCRIPTION));
        }
        check("adapters", team.adapters());
        check("owns", team.owns());
        check(team.limits());
        if (!(team.share() >= Team.LEAST_SHARE && team.share() <= Team.MOST_SHARE)) {
            throw AccessChangeException.invalid(
                    "share",
                    "'share' is %s: expected a number from %s to %s."
                            .formatted(team.share(), Team.LEAST_SHARE, Team.MOST_SHARE));
        }
    }

    private static void check(Limits limits) {
        check("requests_per_minute", limits.requestsPerMinute(), Limits.MOST_PER_MINUTE);
        check("tokens_per_minute", limits.tokensPerMinute(), Limits.MOST_PER_MINUTE);
        check("concurrent_requests", limits.concurrentRequests(), Limits.MOST_CONCURRENT);
        var budget = limits.budget();
        if (budget != null) {
            check("token_budget", budget.tokens(), Limits.MOST_BUDGET);
            if (!(budget.alert() >= 0 && budget.alert() <= 1)) {
                throw AccessChangeException.invalid(
                        "limits.budget_alert",
                        "'limits.budget_alert' is %s: expected a number from 0 to 1."
                                .formatted(budget.alert()));
            }
        }
    }

    private static void check(String member, @Nullable Long value, long most) {
        if (value != null && (value < 1 || value > most)) {
            throw AccessChangeException.invalid(
                    "limits." + member,
                    "'limits.%s' is %d: expected an integer from 1 to %d, or null for no limit."
                            .formatted(member, value, most));
        }
    }

    private static void check(String field, AdapterPatterns patterns) {
        if (patterns.patterns().size() > PATTERNS) {
            throw AccessChangeException.invalid(
                    field, "'%s' may have %d patterns.".formatted(field, PATTERNS));
        }
        for (var pattern : patterns.patterns()) {
            if (pattern.isBlank() || pattern.length() > PATTERN || !isPlain(pattern)) {
                throw AccessChangeException.invalid(
                        field,
                        "'%s' must be patterns of names such as \"sql-*\", each of 1 to %d characters and no control characters."
                                .formatted(field, PATTERN));
            }
        }
    }

    private static boolean isPlain(String text) {
        return text.codePoints().noneMatch(Character::isISOControl);
    }
}
