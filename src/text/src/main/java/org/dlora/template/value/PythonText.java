package org.dlora.template.value;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.dlora.template.sandbox.Budget;
import org.dlora.template.sandbox.OutputBuffer;
import org.dlora.template.sandbox.Sandbox;
import org.dlora.template.sandbox.TemplateException;

/** Python's {@code str()} and {@code repr()} of template values. */
public final class PythonText {

    private final Budget budget;

    PythonText(Budget budget) {
        this.budget = budget;
    }

    public String str(Object value) {
        return switch (value) {
            case String text -> text;
            case Undefined _ -> "";
            default -> repr(value);
        };
    }

    public String repr(Object value) {
        var out = new OutputBuffer(budget);
        write(value, out, 0);
        return out.toString();
    }

    /** Returns {@link #repr} with escapes in place of all characters beyond ASCII. */
    public String ascii(Object value) {
        var out = new OutputBuffer(budget);
        repr(value)
                .codePoints()
                .forEach(c -> out.append(c < 0x80 ? Character.toString(c) : escape(c)));
        return out.toString();
    }

    private void write(Object value, OutputBuffer out, int nesting) {
        budget.step();
        if (nesting > Sandbox.MAX_NESTING) {
            throw TemplateException.limit(
                    "cannot print a value nested more than " + Sandbox.MAX_NESTING + " deep");
        }
        switch (value) {
            case None _ -> out.append("None");
            case Boolean bool -> out.append(bool ? "True" : "False");
            case Long number -> out.append(number.toString());
            case BigInteger number -> out.append(number.toString());
            case Double number -> out.append(PythonFloat.repr(number));
            case String text -> quote(text, out);
            case Range range -> out.append(range.toString());
            case List<?> list -> writeAll("[", list, "]", out, nesting);
            case Tuple tuple ->
                    writeAll(
                            "(",
                            tuple.items(),
                            tuple.items().size() == 1 ? ",)" : ")",
                            out,
                            nesting);
            case Map<?, ?> map -> writeMap(map, out, nesting);
            case DictView view ->
                    writeAll(view.typeName() + "([", view.items(), "])", out, nesting);
            case Namespace namespace -> {
                out.append("<Namespace ");
                writeMap(namespace.attributes(), out, nesting);
                out.append(">");
            }
            case Undefined _ -> out.append("Undefined");
            case LoopContext loop -> out.append(loop.toString());
            case Callable callable -> out.append(callable.text());
            default -> out.append("<" + PythonType.nameOf(value) + " object at 0x0>");
        }
    }

    private void writeAll(String open, List<?> items, String close, OutputBuffer out, int nesting) {
        out.append(open);
        var separator = "";
        for (var item : items) {
            out.append(separator);
            write(item, out, nesting + 1);
            separator = ", ";
        }
        out.append(close);
    }

    private void writeMap(Map<?, ?> map, OutputBuffer out, int nesting) {
        out.append("{");
        var separator = "";
        for (var entry : map.entrySet()) {
            out.append(separator);
            write(entry.getKey(), out, nesting + 1);
            out.append(": ");
            write(entry.getValue(), out, nesting + 1);
            separator = ", ";
        }
        out.append("}");
    }

    private void quote(String text, OutputBuffer out) {
        budget.allocate(text.length());
        budget.scan(text.length());
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        var quoted = new StringBuilder(text.length() + 2).append(quote);
        text.codePoints().forEach(character -> appendQuoted(character, quote, quoted));
        out.append(quoted.append(quote).toString());
    }

    private static String escape(int character) {
        return String.format(
                character <= 0xff ? "\\x%02x" : character <= 0xffff ? "\\u%04x" : "\\U%08x",
                character);
    }

    private static void appendQuoted(int character, char quote, StringBuilder quoted) {
        switch (character) {
            case '\n' -> quoted.append("\\n");
            case '\r' -> quoted.append("\\r");
            case '\t' -> quoted.append("\\t");
            case '\\' -> quoted.append("\\\\");
            default -> {
                if (character == quote) {
                    quoted.append('\\').append(quote);
                } else if (PythonCharacter.isPrintable(character)) {
                    quoted.appendCodePoint(character);
                } else {
                    quoted.append(escape(character));
                }
            }
        }
    }
}
