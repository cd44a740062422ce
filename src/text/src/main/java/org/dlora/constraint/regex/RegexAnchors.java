package org.dlora.constraint.regex;

import java.util.ArrayList;
import java.util.List;
import org.dlora.constraint.grammar.ConstraintException;

/**
 * An alternative of an expression without its anchors. Anchors are allowed at the start and the end
 * of an alternative alone.
 */
record RegexAnchors(boolean atStart, boolean atEnd, Regex inner) {

    static List<Regex> alternatives(Regex regex) {
        return switch (regex) {
            case Regex.Choice(var alternatives) ->
                    alternatives.stream().flatMap(one -> alternatives(one).stream()).toList();
            case Regex.Sequence(var parts) when parts.size() == 1 -> alternatives(parts.getFirst());
            default -> List.of(regex);
        };
    }

    static RegexAnchors of(Regex alternative, String pattern) {
        var parts =
                new ArrayList<>(
                        alternative instanceof Regex.Sequence(var all)
                                ? all
                                : List.of(alternative));
        boolean atStart = false;
        while (!parts.isEmpty() && parts.getFirst() instanceof Regex.Start) {
            parts.removeFirst();
            atStart = true;
        }
        boolean atEnd = false;
        while (!parts.isEmpty() && parts.getLast() instanceof Regex.End) {
            parts.removeLast();
            atEnd = true;
        }
        var inner = new Regex.Sequence(parts);
        if (hasAnchor(inner)) {
            throw new ConstraintException(
                    "",
                    "The regular expression %s has ^ or $ inside; they are supported at the start and the end of it and of its alternatives."
                            .formatted(RegexParser.shown(pattern)));
        }
        return new RegexAnchors(atStart, atEnd, inner);
    }

    private static boolean hasAnchor(Regex regex) {
        return switch (regex) {
            case Regex.Start _, Regex.End _ -> true;
            case Regex.OneOf _ -> false;
            case Regex.Sequence(var parts) -> parts.stream().anyMatch(RegexAnchors::hasAnchor);
            case Regex.Choice(var parts) -> parts.stream().anyMatch(RegexAnchors::hasAnchor);
            case Regex.Repeat(var part, _, _) -> hasAnchor(part);
        };
    }
}
