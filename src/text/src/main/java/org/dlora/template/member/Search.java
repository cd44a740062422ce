package org.dlora.template.member;

import java.util.List;
import java.util.function.BiPredicate;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.value.BoundArguments;
import org.dlora.template.value.EvaluatedArguments;
import org.dlora.template.value.PythonType;
import org.dlora.template.value.Rendering;
import org.dlora.template.value.Tuple;

/** The methods of {@code str} that look for a text; positions are in code points. */
final class Search {

    /**
     * The part of a text between two optional bounds, and its start in the whole, in code points.
     */
    private record Window(String text, int offset) {

        static Window of(String text, BoundArguments arguments) {
            if (!arguments.has("start") && !arguments.has("end")) {
                return new Window(text, 0);
            }
            int length = text.codePointCount(0, text.length());
            int start = bound(arguments.integerOr("start", 0), length);
            int end = bound(arguments.integerOr("end", length), length);
            if (start > end || arguments.integerOr("start", 0) > length) {
                return new Window("", -1);
            }
            int from = text.offsetByCodePoints(0, start);
            return new Window(
                    text.substring(from, text.offsetByCodePoints(from, end - start)), start);
        }

        private static int bound(int index, int length) {
            return Math.clamp(index < 0 ? (long) index + length : index, 0, length);
        }

        boolean isEmptyRange() {
            return offset < 0;
        }
    }

    private Search() {}

    static boolean startsWith(String text, EvaluatedArguments arguments, Rendering rendering) {
        return matches(text, "startswith", arguments, String::startsWith, rendering);
    }

    static boolean endsWith(String text, EvaluatedArguments arguments, Rendering rendering) {
        return matches(text, "endswith", arguments, String::endsWith, rendering);
    }

    private static boolean matches(
            String text,
            String name,
            EvaluatedArguments arguments,
            BiPredicate<String, String> test,
            Rendering rendering) {
        var bound = arguments.bind(name, "affix", "start", "end");
        var window = Window.of(text, bound);
        var affix = bound.get("affix");
        for (var candidate : affix instanceof Tuple tuple ? tuple.items() : List.of(affix)) {
            if (!(candidate instanceof String part)) {
                throw TemplateException.type(
                        name
                                + " first arg must be str or a tuple of str, not "
                                + PythonType.nameOf(candidate));
            }
            rendering.budget().scan(part.length());
            if (!window.isEmptyRange() && test.test(window.text(), part)) {
                return true;
            }
        }
        return false;
    }

    static Object find(
            String text, String name, EvaluatedArguments arguments, Rendering rendering) {
        var bound = arguments.bind(name, "sub", "start", "end");
        var window = Window.of(text, bound);
        var part = bound.text("sub");
        rendering.budget().search(text.length(), part.length());
        int at =
                name.startsWith("r")
                        ? window.text().lastIndexOf(part)
                        : window.text().indexOf(part);
        return at < 0 || window.isEmptyRange()
                ? -1L
                : (long) window.offset() + window.text().codePointCount(0, at);
    }

    static Object index(
            String text, String name, EvaluatedArguments arguments, Rendering rendering) {
        var at = find(text, name, arguments, rendering);
        if (at.equals(-1L)) {
            throw TemplateException.value("substring not found");
        }
        return at;
    }

    static Object count(String text, EvaluatedArguments arguments, Rendering rendering) {
        var bound = arguments.bind("count", "sub", "start", "end");
        var window = Window.of(text, bound);
        var part = bound.text("sub");
        rendering.budget().search(text.length(), part.length());
        if (window.isEmptyRange()) {
            return 0L;
        }
        if (part.isEmpty()) {
            return window.text().codePointCount(0, window.text().length()) + 1L;
        }
        long count = 0;
        for (int at = window.text().indexOf(part);
                at >= 0;
                at = window.text().indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }
}
