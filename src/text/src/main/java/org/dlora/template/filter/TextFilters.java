package org.dlora.template.filter;

import static java.util.Map.entry;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.dlora.template.filter.FilterRegistry.Filter;
import org.dlora.template.member.AttributePath;
import org.dlora.template.member.Padding;
import org.dlora.template.member.Split;
import org.dlora.template.member.StringMethods;
import org.dlora.template.operator.PercentFormat;
import org.dlora.template.sandbox.OutputBuffer;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.value.Casing;
import org.dlora.template.value.DictView;
import org.dlora.template.value.EvaluatedArguments;
import org.dlora.template.value.Iteration;
import org.dlora.template.value.None;
import org.dlora.template.value.PythonCharacter;
import org.dlora.template.value.PythonType;
import org.dlora.template.value.Rendering;
import org.dlora.template.value.Strip;
import org.dlora.template.value.Tuple;
import org.dlora.template.value.Undefined;

/** The filters whose result is a text. Those that take a text print anything else first. */
final class TextFilters {

    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}_]++");
    private static final String WORD_BREAKS = "-({[<";

    static final Map<String, Filter> ALL =
            Map.ofEntries(
                    entry("string", (value, _, r) -> r.text().str(value)),
                    entry("safe", (value, _, r) -> r.text().str(value)),
                    entry("upper", (value, _, r) -> text(value, r).toUpperCase(Locale.ROOT)),
                    entry("lower", (value, _, r) -> text(value, r).toLowerCase(Locale.ROOT)),
                    entry("capitalize", (value, _, r) -> Casing.capitalize(text(value, r))),
                    entry("title", (value, _, r) -> title(text(value, r))),
                    entry("trim", TextFilters::trim),
                    entry("replace", TextFilters::replace),
                    entry("join", TextFilters::join),
                    entry("format", TextFilters::format),
                    entry("center", TextFilters::center),
                    entry("indent", TextFilters::indent),
                    entry("truncate", TextFilters::truncate),
                    entry(
                            "wordcount",
                            (value, _, r) -> WORD.matcher(text(value, r)).results().count()),
                    entry("escape", (value, _, r) -> escape(text(value, r), r)),
                    entry("e", (value, _, r) -> escape(text(value, r), r)),
                    entry("forceescape", (value, _, r) -> escape(text(value, r), r)),
                    entry("urlencode", TextFilters::urlEncode),
                    entry("tojson", TextFilters::toJson));

    private TextFilters() {}

    private static String text(Object value, Rendering rendering) {
        var text = rendering.text().str(value);
        rendering.budget().scan(text.length());
        rendering.budget().allocate(text.length());
        return text;
    }

    private static Object trim(Object value, EvaluatedArguments arguments, Rendering rendering) {
        var bound = arguments.bind("trim", "chars");
        return Strip.both(text(value, rendering), bound.has("chars") ? bound.text("chars") : null);
    }

    private static Object replace(Object value, EvaluatedArguments arguments, Rendering rendering) {
        var bound = arguments.bind("replace", "old", "new", "count");
        return StringMethods.replace(
                text(value, rendering),
                rendering.text().str(bound.get("old")),
                rendering.text().str(bound.get("new")),
                bound.integerOr("count", -1),
                rendering);
    }

    private static Object join(Object value, EvaluatedArguments arguments, Rendering rendering) {
        var bound = arguments.bind("join", "d", "attribute");
        var separator = rendering.text().str(bound.get("d", ""));
        var path = AttributePath.of(bound.get("attribute", None.NONE), rendering);
        var out = new OutputBuffer(rendering.budget());
        boolean first = true;
        for (var item : Iteration.list(value, rendering.budget())) {
            out.append(first ? "" : separator).append(rendering.text().str(path.get(item)));
            first = false;
        }
        return out.toString();
    }

    private static Object format(Object value, EvaluatedArguments arguments, Rendering rendering) {
        if (!arguments.positional().isEmpty() && !arguments.named().isEmpty()) {
            throw TemplateException.value("format takes positional or keyword arguments, not both");
        }
        var values =
                arguments.named().isEmpty() ? new Tuple(arguments.positional()) : arguments.named();
        return new PercentFormat(rendering).format(text(value, rendering), values);
    }

    private static Object center(Object value, EvaluatedArguments arguments, Rendering rendering) {
        int width = arguments.bind("center", "width").integerOr("width", 80);
        return Padding.center(
                text(value, rendering), EvaluatedArguments.of((long) width), rendering);
    }

    private static Object indent(Object value, EvaluatedArguments arguments, Rendering rendering) {
        var bound = arguments.bind("indent", "width", "first", "blank");
        if (!(value instanceof String text)) {
            throw value instanceof Undefined undefined
                    ? undefined.failure()
                    : TemplateException.type(
                            "indent expects a str, not " + PythonType.nameOf(value));
        }
        var width = bound.get("width", 4L);
        var indention =
                width instanceof String given
                        ? given
                        : spaces(bound.integerOr("width", 4), rendering);
        var out = new OutputBuffer(rendering.budget());
        out.append(bound.flag("first") ? indention : "");
        var lines = Split.lines(text + "\n", false, rendering);
        for (int i = 0; i < lines.size(); i++) {
            var line = (String) lines.get(i);
            boolean indented = i > 0 && (bound.flag("blank") || !line.isEmpty());
            out.append(i == 0 ? "" : "\n").append(indented ? indention : "").append(line);
        }
        return out.toString();
    }

    private static String spaces(int count, Rendering rendering) {
        rendering.budget().allocate(Math.max(0, count));
        return " ".repeat(Math.max(0, count));
    }

    private static Object truncate(
            Object value, EvaluatedArguments arguments, Rendering rendering) {
        var bound = arguments.bind("truncate", "length", "killwords", "end", "leeway");
        int length = bound.integerOr("length", 255);
        var end = bound.textOr("end", "...");
        long kept = (long) length - end.codePointCount(0, end.length());
        if (kept < 0) {
            throw TemplateException.value(
                    "truncate expected length >= " + (length - kept) + ", got " + length);
        }
        if (Iteration.length(value).orElse(Integer.MAX_VALUE)
                <= (long) length + bound.integerOr("leeway", 5)) {
            return value;
        }
        if (!(value instanceof String text)) {
            throw TemplateException.type("truncate expects a str, not " + PythonType.nameOf(value));
        }
        rendering.budget().scan(text.length());
        var cut = text.substring(0, text.offsetByCodePoints(0, (int) kept));
        int space = cut.lastIndexOf(' ');
        return (bound.flag("killwords") || space < 0 ? cut : cut.substring(0, space)) + end;
    }

    /**
     * Returns the text in title case. Unlike in {@code str.title}, words start after white space,
     * brackets and hyphens only.
     */
    private static String title(String text) {
        var titled = new StringBuilder();
        for (int start = 0, end; start < text.length(); start = end) {
            int second = text.offsetByCodePoints(start, 1);
            end = second;
            while (end < text.length() && !isWordBreak(text.charAt(end - 1))) {
                end++;
            }
            titled.append(text.substring(start, second).toUpperCase(Locale.ROOT))
                    .append(text.substring(second, end).toLowerCase(Locale.ROOT));
        }
        return titled.toString();
    }

    private static boolean isWordBreak(char character) {
        return WORD_BREAKS.indexOf(character) >= 0 || PythonCharacter.isSpace(character);
    }

    private static String escape(String text, Rendering rendering) {
        var out = new OutputBuffer(rendering.budget());
        for (int at = 0; at < text.length(); at++) {
            switch (text.charAt(at)) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '\'' -> out.append("&#39;");
                case '"' -> out.append("&#34;");
                default -> out.append(text.charAt(at));
            }
        }
        return out.toString();
    }

    private static Object urlEncode(
            Object value, EvaluatedArguments arguments, Rendering rendering) {
        arguments.bind("urlencode");
        if (value instanceof String || !Iteration.isIterable(value)) {
            return quote(text(value, rendering), "/", rendering);
        }
        List<Object> pairs =
                value instanceof Map<?, ?> map
                        ? new DictView(DictView.Kind.ITEMS, map).items()
                        : Iteration.list(value, rendering.budget());
        List<String> parts = new ArrayList<>();
        for (var pair : pairs) {
            var items = Iteration.list(pair, rendering.budget());
            if (items.size() != 2) {
                throw TemplateException.value(
                        "urlencode needs pairs, got an element of length " + items.size());
            }
            parts.add(
                    queryPart(items.get(0), rendering) + "=" + queryPart(items.get(1), rendering));
        }
        return String.join("&", parts);
    }

    private static String queryPart(Object value, Rendering rendering) {
        return quote(text(value, rendering), "", rendering).replace("%20", "+");
    }

    private static String quote(String text, String safe, Rendering rendering) {
        var out = new OutputBuffer(rendering.budget());
        for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
            char character = (char) (octet & 0xff);
            boolean plain =
                    character < 128
                            && (Character.isLetterOrDigit(character)
                                    || ("_.-~" + safe).indexOf(character) >= 0);
            out.append(
                    plain ? String.valueOf(character) : String.format("%%%02X", (int) character));
        }
        return out.toString();
    }

    private static Object toJson(Object value, EvaluatedArguments arguments, Rendering rendering) {
        var bound = arguments.bind("tojson", "ensure_ascii", "indent", "separators", "sort_keys");
        return new JsonWriter(bound, rendering).write(value);
    }
}
