package org.dlora.security;

import java.time.Instant;
import java.util.List;

/** Checks of what keys and teams are to be. Each throws {@link KeyChangeException}. */
final class KeyChecks {
    private static final int NAME = 100;
    private static final int DESCRIPTION = 1000;
    private static final int PATTERNS = 100;
    private static final int PATTERN = 255;

    private KeyChecks() {}

    static void check(KeyOrder order, List<Team> teams, Instant now) {
        if (order.name().isBlank() || order.name().length() > NAME || !isPlain(order.name())) {
            throw KeyChangeException.invalid(
                    "name",
                    "'name' must have 1 to %d characters and no control characters."
                            .formatted(NAME));
        }
        if (order.scopes().isEmpty()) {
            throw KeyChangeException.invalid(
                    "scopes",
                    "'scopes' is empty; give some of inference, adapters, admin, metrics.");
        }
        check("adapters", order.adapters());
        var team = order.team();
        if (team != null && teams.stream().noneMatch(known -> known.name().equals(team))) {
            throw KeyChangeException.invalid(
                    "team", "There is no such team; POST /admin/teams makes it.");
        }
        boolean isLimited = team != null || !order.adapters().equals(AdapterPatterns.ALL);
        if (order.scopes().contains(Scope.ADMIN) && isLimited) {
            throw KeyChangeException.invalid(
                    "scopes",
                    "A key with scope 'admin' may do everything: it has no team, and 'adapters' is [\"*\"].");
        }
        var expires = order.expires();
        if (expires != null && !expires.isAfter(now)) {
            throw KeyChangeException.invalid(
                    "expires", "'expires' is %s, which is not in the future.".formatted(expires));
        }
    }

    static void check(Team team) {
        if (!Team.isName(team.name())) {
            throw KeyChangeException.invalid(
                    "name",
                    "'name' must be a letter or digit and up to 63 letters, digits, '.', '_' or '-'.");
        }
        if (team.description().length() > DESCRIPTION || !isPlain(team.description())) {
            throw KeyChangeException.invalid(
                    "description",
                    "'description' may have %d characters and no control characters."
                            .formatted(DESCRIPTION));
        }
        check("adapters", team.adapters());
        check("owns", team.owns());
    }

    private static void check(String field, AdapterPatterns patterns) {
        if (patterns.patterns().size() > PATTERNS) {
            throw KeyChangeException.invalid(
                    field, "'%s' may have %d patterns.".formatted(field, PATTERNS));
        }
        for (var pattern : patterns.patterns()) {
            if (pattern.isBlank() || pattern.length() > PATTERN || !isPlain(pattern)) {
                throw KeyChangeException.invalid(
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
