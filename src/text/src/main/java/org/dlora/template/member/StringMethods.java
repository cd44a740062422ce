package org.dlora.template.member;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.dlora.template.sandbox.OutputBuffer;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.value.BoundArguments;
import org.dlora.template.value.Builtin;
import org.dlora.template.value.Casing;
import org.dlora.template.value.EvaluatedArguments;
import org.dlora.template.value.Iteration;
import org.dlora.template.value.PythonCharacter;
import org.dlora.template.value.PythonType;
import org.dlora.template.value.Rendering;
import org.dlora.template.value.Strip;
import org.jspecify.annotations.Nullable;

/** The methods of Python's {@code str} except those about bytes and translation tables. */
public final class StringMethods {

    @FunctionalInterface
    private interface Method {
        Object call(String self, EvaluatedArguments arguments, Rendering rendering);
    }

    private static final Map<String, Method> METHODS =
            Map.ofEntries(
                    entry("strip", (s, a, _) -> Strip.both(s, characters("strip", a))),
                    entry("lstrip", (s, a, _) -> Strip.left(s, characters("lstrip", a))),
                    entry("rstrip", (s, a, _) -> Strip.right(s, characters("rstrip", a))),
                    entry("removeprefix", (s, a, _) -> removePrefix(s, a)),
                    entry("removesuffix", (s, a, _) -> removeSuffix(s, a)),
                    entry(
                            "split",
                            (s, a, r) -> Split.left(s, a.bind("split", "sep", "maxsplit"), r)),
                    entry(
                            "rsplit",
                            (s, a, r) -> Split.right(s, a.bind("rsplit", "sep", "maxsplit"), r)),
                    entry(
                            "splitlines",
                            (s, a, r) ->
                                    Split.lines(
                                            s,
                                            a.bind("splitlines", "keepends").flag("keepends"),
                                            r)),
                    entry(
                            "partition",
                            (s, a, r) -> Split.partition(s, a.bind("partition", "sep"), r)),
                    entry(
                            "rpartition",
                            (s, a, r) -> Split.rightPartition(s, a.bind("rpartition", "sep"), r)),
                    entry("startswith", (s, a, r) -> Search.startsWith(s, a, r)),
                    entry("endswith", (s, a, r) -> Search.endsWith(s, a, r)),
                    entry("find", (s, a, r) -> Search.find(s, "find", a, r)),
                    entry("rfind", (s, a, r) -> Search.find(s, "rfind", a, r)),
                    entry("index", (s, a, r) -> Search.index(s, "index", a, r)),
                    entry("rindex", (s, a, r) -> Search.index(s, "rindex", a, r)),
                    entry("count", (s, a, r) -> Search.count(s, a, r)),
                    entry(
                            "replace",
                            (s, a, r) -> replace(s, a.bind("replace", "old", "new", "count"), r)),
                    entry(
                            "join",
                            (s, a, r) -> join(s, a.bind("join", "iterable").get("iterable"), r)),
                    entry("format", (s, a, r) -> new BraceFormat(r).format(s, a)),
                    entry("upper", plain("upper", s -> s.toUpperCase(Locale.ROOT))),
                    entry("lower", plain("lower", s -> s.toLowerCase(Locale.ROOT))),
                    entry("casefold", plain("casefold", Casing::fold)),
                    entry("title", plain("title", Casing::title)),
                    entry("capitalize", plain("capitalize", Casing::capitalize)),
                    entry("swapcase", plain("swapcase", Casing::swap)),
                    entry("center", (s, a, r) -> Padding.center(s, a, r)),
                    entry("ljust", (s, a, r) -> Padding.left(s, a, r)),
                    entry("rjust", (s, a, r) -> Padding.right(s, a, r)),
                    entry("zfill", (s, a, r) -> Padding.zeros(s, a, r)),
                    entry("expandtabs", (s, a, r) -> Padding.expandTabs(s, a, r)),
                    entry("isspace", test("isspace", s -> all(s, PythonCharacter::isSpace))),
                    entry("isalpha", test("isalpha", s -> all(s, Character::isLetter))),
                    entry("isdigit", test("isdigit", s -> all(s, Character::isDigit))),
                    entry("isdecimal", test("isdecimal", s -> all(s, Character::isDigit))),
                    entry("isnumeric", test("isnumeric", s -> all(s, StringMethods::isNumeric))),
                    entry(
                            "isalnum",
                            test(
                                    "isalnum",
                                    s -> all(s, c -> Character.isLetter(c) || isNumeric(c)))),
                    entry("isascii", test("isascii", s -> s.chars().allMatch(c -> c < 128))),
                    entry(
                            "isprintable",
                            test(
                                    "isprintable",
                                    s -> s.codePoints().allMatch(PythonCharacter::isPrintable))),
                    entry("isidentifier", test("isidentifier", StringMethods::isIdentifier)),
                    entry("isupper", test("isupper", Casing::isUpper)),
                    entry("islower", test("islower", Casing::isLower)),
                    entry(
                            "istitle",
                            test(
                                    "istitle",
                                    s ->
                                            s.codePoints().anyMatch(PythonCharacter::isCased)
                                                    && s.equals(Casing.title(s)))));

    private final Rendering rendering;

    StringMethods(Rendering rendering) {
        this.rendering = rendering;
    }

    /**
     * Returns the method bound to {@code self}, or null where {@code str} has none of that name.
     */
    @Nullable Builtin method(String self, String name) {
        var method = METHODS.get(name);
        return method == null
                ? null
                : Builtin.method(
                        self,
                        name,
                        arguments -> {
                            rendering.budget().scan(self.length());
                            var result = method.call(self, arguments, rendering);
                            boolean copies = !(result instanceof Boolean || result instanceof Long);
                            rendering.budget().allocate(copies ? self.length() : 0);
                            return result;
                        });
    }

    private static Method plain(String name, UnaryOperator<String> change) {
        return (self, arguments, _) -> {
            arguments.bind(name);
            return change.apply(self);
        };
    }

    private static Method test(String name, Predicate<String> test) {
        return (self, arguments, _) -> {
            arguments.bind(name);
            return test.test(self);
        };
    }

    private static boolean all(String text, IntPredicate test) {
        return !text.isEmpty() && text.codePoints().allMatch(test);
    }

    private static boolean isNumeric(int character) {
        return switch (Character.getType(character)) {
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
                    true;
            default -> false;
        };
    }

    private static boolean isIdentifier(String text) {
        return !text.isEmpty()
                && PythonCharacter.isNameStart(text.codePointAt(0))
                && text.codePoints().allMatch(PythonCharacter::isNamePart);
    }

    private static @Nullable String characters(String name, EvaluatedArguments arguments) {
        var bound = arguments.bind(name, "chars");
        return bound.has("chars") ? bound.text("chars") : null;
    }

    private static String removePrefix(String text, EvaluatedArguments arguments) {
        var prefix = arguments.bind("removeprefix", "prefix").text("prefix");
        return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
    }

    private static String removeSuffix(String text, EvaluatedArguments arguments) {
        var suffix = arguments.bind("removesuffix", "suffix").text("suffix");
        return text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
    }

    private static String replace(String text, BoundArguments arguments, Rendering rendering) {
        return replace(
                text,
                arguments.text("old"),
                arguments.text("new"),
                arguments.integerOr("count", -1),
                rendering);
    }

    /** Replaces the first {@code count} occurrences, all when it is negative. */
    public static String replace(
            String text, String old, String replacement, int count, Rendering rendering) {
        rendering.budget().search(text.length(), old.length());
        var out = new OutputBuffer(rendering.budget());
        int copied = 0;
        int left = count < 0 ? Integer.MAX_VALUE : count;
        if (old.isEmpty()) {
            return interleave(text, replacement, left, out);
        }
        for (int at = text.indexOf(old);
                at >= 0 && left > 0;
                at = text.indexOf(old, copied), left--) {
            out.append(text.substring(copied, at)).append(replacement);
            copied = at + old.length();
        }
        return out.append(text.substring(copied)).toString();
    }

    private static String interleave(String text, String separator, int count, OutputBuffer out) {
        int at = 0;
        for (int left = count; left > 0; left--) {
            out.append(separator);
            if (at == text.length()) {
                return out.toString();
            }
            int next = text.offsetByCodePoints(at, 1);
            out.append(text.substring(at, next));
            at = next;
        }
        return out.append(text.substring(at)).toString();
    }

    private static String join(String separator, Object items, Rendering rendering) {
        List<Object> parts = new ArrayList<>(Iteration.list(items, rendering.budget()));
        var out = new OutputBuffer(rendering.budget());
        for (int i = 0; i < parts.size(); i++) {
            if (!(parts.get(i) instanceof String part)) {
                throw TemplateException.type(
                        "sequence item "
                                + i
                                + ": expected str instance, "
                                + PythonType.nameOf(parts.get(i))
                                + " found");
            }
            out.append(i == 0 ? "" : separator).append(part);
        }
        return out.toString();
    }
}
