package org.dlora.constraint.schema;

import static org.dlora.constraint.grammar.Expr.Repeat.UNBOUNDED;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.constraint.grammar.Characters;
import org.dlora.constraint.grammar.ConstraintException;
import org.dlora.constraint.grammar.Determinizer;
import org.dlora.constraint.grammar.Dfa;
import org.dlora.constraint.grammar.Expr;
import org.dlora.constraint.grammar.Rule;
import org.dlora.constraint.regex.CodePoints;
import org.dlora.constraint.regex.Regex;
import org.dlora.constraint.regex.TextEncoding;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Expressions of values that do not depend on other parts of a schema. Equal ones are one rule. */
final class Values {
    /** The most characters of a repetition that has a state for each number of them. */
    private static final int MAX_UNROLLED = 64;

    private final Characters strings;
    private final Map<List<?>, Rule> rules = new HashMap<>();
    private Rule.@Nullable Defined any;
    private Rule.@Nullable Defined anyObject;

    /**
     * @param strings {@link JsonText#strings}
     */
    Values(Characters strings) {
        this.strings = strings;
    }

    /** Returns all values. */
    Expr any() {
        if (any == null) {
            any = new Rule.Defined("");
            var value = new Expr.Call(any);
            any.define(
                    Expr.choice(
                            anyObject(),
                            list(value, 0, UNBOUNDED),
                            string(0, UNBOUNDED, null, null, ""),
                            number(false, null, null, null, ""),
                            JsonText.BOOLEAN,
                            JsonText.NULL));
        }
        return new Expr.Call(any);
    }

    /** Returns all objects. */
    Expr anyObject() {
        if (anyObject == null) {
            anyObject = new Rule.Defined("");
            var member =
                    Expr.sequence(
                            string(0, UNBOUNDED, null, null, ""),
                            Expr.text(":"),
                            JsonText.SPACE,
                            any());
            anyObject.define(enclosed("{", members(member, 0, UNBOUNDED), "}"));
        }
        return new Expr.Call(anyObject);
    }

    /** Returns arrays of {@code min} to {@code max} items. */
    Expr list(Expr item, int min, int max) {
        return enclosed("[", members(item, min, max), "]");
    }

    static Expr enclosed(String open, Expr content, String close) {
        return Expr.sequence(
                Expr.text(open), JsonText.SPACE, content, JsonText.SPACE, Expr.text(close));
    }

    /** Returns {@code min} to {@code max} members with commas between them. */
    static Expr members(Expr member, int min, int max) {
        if (max == 0) {
            return Expr.EMPTY;
        }
        var some =
                Expr.sequence(
                        member,
                        Expr.repeat(
                                Expr.sequence(Expr.text(","), JsonText.SPACE, member),
                                Math.max(0, min - 1),
                                max == UNBOUNDED ? UNBOUNDED : max - 1));
        return min == 0 ? Expr.optional(some) : some;
    }

    /** Returns strings; {@code format} may be a hint alone. */
    Expr string(int min, int max, @Nullable String pattern, @Nullable String format, String at) {
        if (format != null) {
            checkFormat(format, at);
        }
        var known = format == null ? null : FormatPatterns.pattern(format).orElse(null);
        if (pattern == null && known == null) {
            return new Expr.Call(new Rule.Counted(strings, min, max));
        }
        var key = new ArrayList<@Nullable Object>();
        key.add(min);
        key.add(max);
        key.add(pattern);
        key.add(known);
        var rule = rules.get(key);
        if (rule == null) {
            rule = rule(min, max, pattern, known, at);
            rules.put(key, rule);
        }
        return new Expr.Call(rule);
    }

    static void checkFormat(String format, String at) {
        if (FormatPatterns.isRefused(format)) {
            throw new ConstraintException(
                    at + "format",
                    "'%sformat' is '%s'; supported are %s. Leave it out, or give a pattern."
                            .formatted(at, format, FormatPatterns.known()));
        }
    }

    private Rule rule(
            int min, int max, @Nullable String pattern, @Nullable String format, String at) {
        if (pattern != null && format == null) {
            var repeat = Regex.characterRepeat(pattern);
            if (repeat != null && isCounted(repeat)) {
                return counted(repeat, min, max, at);
            }
        }
        var parts = new ArrayList<Dfa>();
        if (pattern != null) {
            parts.add(dfa(Regex.search(pattern, TextEncoding.JSON)));
        }
        if (format != null) {
            parts.add(dfa(Regex.whole(format, TextEncoding.JSON)));
        }
        if (min > 0) {
            parts.add(dfa(Expr.repeat(TextEncoding.JSON.encode(CodePoints.ALL), min, UNBOUNDED)));
        }
        var all = parts.stream().reduce(Dfa::and).orElseThrow();
        if (max == UNBOUNDED && all.start() != Dfa.DEAD) {
            return new Rule.Regular(all);
        }
        var characters = Characters.of(all, strings.dfa(), JsonText.BOUNDARY);
        int start = characters.dfa().start();
        if (start == Dfa.DEAD || characters.needed(start) > max) {
            throw none(at);
        }
        return new Rule.Counted(characters, 0, max);
    }

    private static ConstraintException none(String at) {
        return new ConstraintException(
                at + "pattern",
                "No string satisfies pattern, format and lengths at '%s' together.".formatted(at));
    }

    private static boolean isCounted(Regex.CharacterRepeat repeat) {
        return repeat.min() > MAX_UNROLLED
                || (repeat.max() > MAX_UNROLLED && repeat.max() != UNBOUNDED);
    }

    /** Returns the strings of so many characters of a set, without states for each number. */
    private Rule counted(Regex.CharacterRepeat repeat, int min, int max, String at) {
        var some = dfa(Expr.repeat(TextEncoding.JSON.encode(repeat.characters()), 0, UNBOUNDED));
        var characters = Characters.of(some, strings.dfa(), JsonText.BOUNDARY);
        int least = Math.max(min, repeat.min());
        int most = Math.min(max, repeat.max());
        if (least > most || (least > 0 && !characters.hasAny())) {
            throw none(at);
        }
        return new Rule.Counted(characters, least, most);
    }

    private static Dfa dfa(Expr content) {
        return Determinizer.dfa(JsonText.quoted(content));
    }

    /** Returns numbers within bounds. */
    Expr number(
            boolean isInteger,
            JsonNumbers.@Nullable Bound min,
            JsonNumbers.@Nullable Bound max,
            @Nullable BigDecimal divisor,
            String at) {
        var key = new ArrayList<@Nullable Object>();
        key.add(isInteger);
        key.add(min);
        key.add(max);
        key.add(divisor);
        var rule = rules.get(key);
        if (rule == null) {
            rule =
                    new Rule.Regular(
                            isInteger
                                    ? JsonNumbers.integers(min, max, divisor, at)
                                    : JsonNumbers.numbers(min, max, divisor, at));
            rules.put(key, rule);
        }
        return new Expr.Call(rule);
    }

    /** Returns exactly one value. */
    static Expr literal(JsonNode value) {
        if (value.isString()) {
            return JsonText.literal(value.stringValue());
        }
        if (value.isArray()) {
            return enclosed("[", joined(value.valueStream().map(Values::literal).toList()), "]");
        }
        if (value.isObject()) {
            return enclosed(
                    "{",
                    joined(
                            value.propertyStream()
                                    .map(entry ->
                                            Expr.sequence(
                                                    JsonText.literal(entry.getKey()),
                                                    Expr.text(":"),
                                                    JsonText.SPACE,
                                                    literal(entry.getValue())))
                                    .toList()),
                    "}");
        }
        return Expr.text(value.toString());
    }

    private static Expr joined(List<Expr> members) {
        var parts = new ArrayList<Expr>();
        for (var member : members) {
            if (!parts.isEmpty()) {
                parts.add(Expr.text(","));
                parts.add(JsonText.SPACE);
            }
            parts.add(member);
        }
        return new Expr.Sequence(parts);
    }
}
