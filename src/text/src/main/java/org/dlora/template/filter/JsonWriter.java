package org.dlora.template.filter;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.dlora.template.sandbox.OutputBuffer;
import org.dlora.template.sandbox.Sandbox;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.value.BoundArguments;
import org.dlora.template.value.Iteration;
import org.dlora.template.value.None;
import org.dlora.template.value.PythonDict;
import org.dlora.template.value.PythonFloat;
import org.dlora.template.value.PythonType;
import org.dlora.template.value.Range;
import org.dlora.template.value.Rendering;
import org.dlora.template.value.Sorting;
import org.dlora.template.value.Tuple;
import org.jspecify.annotations.Nullable;

/**
 * Python's {@code json.dumps}, with the options that transformers' {@code tojson} filter passes on.
 */
final class JsonWriter {

    private final Rendering rendering;
    private final OutputBuffer out;
    private final boolean asciiOnly;
    private final @Nullable String indent;
    private final boolean sorted;
    private final String itemSeparator;
    private final String keySeparator;

    JsonWriter(BoundArguments options, Rendering rendering) {
        this.rendering = rendering;
        this.out = new OutputBuffer(rendering.budget());
        this.asciiOnly = options.flag("ensure_ascii");
        this.sorted = options.flag("sort_keys");
        this.indent = options.has("indent") ? indent(options.get("indent"), options) : null;
        if (options.has("separators")) {
            var separators = Iteration.list(options.get("separators"), rendering.budget());
            if (separators.size() != 2
                    || !(separators.get(0) instanceof String item)
                    || !(separators.get(1) instanceof String key)) {
                throw TemplateException.value(
                        "tojson() separators are two strings, for items and for keys");
            }
            this.itemSeparator = item;
            this.keySeparator = key;
        } else {
            this.itemSeparator = indent == null ? ", " : ",";
            this.keySeparator = ": ";
        }
    }

    private String indent(Object value, BoundArguments options) {
        if (value instanceof String text) {
            return text;
        }
        int width = Math.max(0, options.integer("indent"));
        rendering.budget().allocate(width);
        return " ".repeat(width);
    }

    String write(Object value) {
        write(value, 0);
        return out.toString();
    }

    private void write(Object value, int nesting) {
        rendering.budget().step();
        if (nesting > Sandbox.MAX_NESTING) {
            throw TemplateException.limit(
                    "tojson() of a value nested more than " + Sandbox.MAX_NESTING + " deep");
        }
        switch (value) {
            case String text -> quote(text);
            case None _, Boolean _, Long _, BigInteger _, Double _ -> out.append(scalar(value));
            case Range _ -> throw notSerializable(value);
            case List<?> list -> writeList(list, nesting);
            case Tuple tuple -> writeList(tuple.items(), nesting);
            case Map<?, ?> map -> writeMap(map, nesting);
            default -> throw notSerializable(value);
        }
    }

    private static String scalar(Object value) {
        return switch (value) {
            case None _ -> "null";
            case Double number when number.isNaN() -> "NaN";
            case Double number when number.isInfinite() -> number > 0 ? "Infinity" : "-Infinity";
            case Double number -> PythonFloat.repr(number);
            default -> value.toString();
        };
    }

    private static TemplateException notSerializable(Object value) {
        return TemplateException.type(
                "Object of type " + PythonType.nameOf(value) + " is not JSON serializable");
    }

    private void writeList(List<?> items, int nesting) {
        if (items.isEmpty()) {
            out.append("[]");
            return;
        }
        out.append("[");
        var separator = "";
        for (var item : items) {
            out.append(separator);
            newLine(nesting + 1);
            write(item, nesting + 1);
            separator = itemSeparator;
        }
        newLine(nesting);
        out.append("]");
    }

    private void writeMap(Map<?, ?> map, int nesting) {
        if (map.isEmpty()) {
            out.append("{}");
            return;
        }
        out.append("{");
        var separator = "";
        for (var key : keys(map)) {
            out.append(separator);
            newLine(nesting + 1);
            quote(keyText(key));
            out.append(keySeparator);
            write(Objects.requireNonNull(PythonDict.get(map, key)), nesting + 1);
            separator = itemSeparator;
        }
        newLine(nesting);
        out.append("}");
    }

    private List<Object> keys(Map<?, ?> map) {
        var keys = Iteration.list(map, rendering.budget());
        return sorted ? new Sorting(rendering).sorted(keys, key -> key, false) : keys;
    }

    private static String keyText(Object key) {
        return switch (key) {
            case String text -> text;
            case None _, Boolean _, Long _, BigInteger _, Double _ -> scalar(key);
            default ->
                    throw TemplateException.type(
                            "keys must be str, int, float, bool or None, not "
                                    + PythonType.nameOf(key));
        };
    }

    private void newLine(int nesting) {
        if (indent != null) {
            out.append("\n");
            for (int i = 0; i < nesting; i++) {
                out.append(indent);
            }
        }
    }

    private void quote(String text) {
        rendering.budget().scan(text.length());
        var quoted = new StringBuilder(text.length() + 2).append('"');
        for (int at = 0; at < text.length(); at++) {
            char character = text.charAt(at);
            switch (character) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                case '\f' -> quoted.append("\\f");
                case '\b' -> quoted.append("\\b");
                default -> {
                    if (character < ' ' || (asciiOnly && character > '~')) {
                        quoted.append(String.format("\\u%04x", (int) character));
                    } else {
                        quoted.append(character);
                    }
                }
            }
        }
        out.append(quoted.append('"').toString());
    }
}
