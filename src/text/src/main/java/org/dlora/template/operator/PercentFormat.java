package org.dlora.template.operator;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.dlora.template.sandbox.OutputBuffer;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.value.PythonInteger;
import org.dlora.template.value.PythonType;
import org.dlora.template.value.Rendering;
import org.dlora.template.value.Tuple;
import org.dlora.template.value.Undefined;

/** {@code 'format' % arguments}. */
public final class PercentFormat {

    private static final Pattern CONVERSION =
            Pattern.compile(
                    "%(?:\\((?<key>[^)]*+)\\))?(?<flags>[-+ #0]*+)(?<width>\\*|\\d*+)"
                            + "(?:\\.(?<precision>\\*|\\d*+))?[hlL]?(?<type>.)",
                    Pattern.DOTALL);

    private final Rendering rendering;

    public PercentFormat(Rendering rendering) {
        this.rendering = rendering;
    }

    public String format(String format, Object arguments) {
        rendering.budget().scan(format.length());
        var values = arguments instanceof Tuple tuple ? tuple.items() : List.of(arguments);
        var positional = values.iterator();
        var out = new OutputBuffer(rendering.budget());
        var matcher = CONVERSION.matcher(format);
        int copied = 0;
        boolean keyed = false;
        for (int at = format.indexOf('%'); at >= 0; at = format.indexOf('%', copied)) {
            if (!matcher.region(at, format.length()).lookingAt()) {
                throw TemplateException.value("incomplete format at the end of '" + format + "'");
            }
            out.append(format.substring(copied, at));
            copied = matcher.end();
            char type = matcher.group("type").charAt(0);
            if (type == '%') {
                out.append('%');
                continue;
            }
            var width = star(matcher.group("width"), positional);
            var precision =
                    matcher.group("precision") == null
                            ? ""
                            : "." + star(matcher.group("precision"), positional);
            var key = matcher.group("key");
            keyed |= key != null;
            var value = key == null ? next(positional) : keyedValue(arguments, key);
            out.append(
                    convert(
                            value,
                            type,
                            matcher.group("flags"),
                            width,
                            precision.equals(".") ? ".0" : precision));
        }
        if (!keyed
                && !(arguments instanceof Map<?, ?>)
                && positional.hasNext()
                && !(arguments instanceof List<?> || arguments instanceof Undefined)) {
            throw TemplateException.type("not all arguments converted during string formatting");
        }
        return out.append(format.substring(copied)).toString();
    }

    private static String star(String text, Iterator<Object> positional) {
        if (!text.equals("*")) {
            return text;
        }
        var width = next(positional);
        if (!PythonInteger.is(width)) {
            throw TemplateException.type("* wants int, not " + PythonType.nameOf(width));
        }
        return String.valueOf(Math.max(0, PythonInteger.clamp(width)));
    }

    private static Object next(Iterator<Object> positional) {
        if (!positional.hasNext()) {
            throw TemplateException.type("not enough arguments for format string");
        }
        return positional.next();
    }

    private static Object keyedValue(Object arguments, String key) {
        if (!(arguments instanceof Map<?, ?> map)) {
            throw TemplateException.type("format requires a mapping");
        }
        var value = map.get(key);
        if (value == null) {
            throw TemplateException.value("the mapping has no key '" + key + "'");
        }
        return value;
    }

    private String convert(Object value, char type, String flags, String width, String precision) {
        boolean left = flags.indexOf('-') >= 0;
        var text = "sra".indexOf(type) >= 0;
        var zero = !text && !left && flags.indexOf('0') >= 0;
        var sign = flags.indexOf('+') >= 0 ? "+" : flags.indexOf(' ') >= 0 ? " " : "";
        FormatSpec.bounded(width);
        var layout =
                (left ? "<" : zero ? "0=" : ">")
                        + (text ? "" : sign + (flags.indexOf('#') >= 0 ? "#" : ""))
                        + width;
        return switch (type) {
            case 's' -> FormatSpec.parse(layout + precision).format(rendering.text().str(value));
            case 'r' -> FormatSpec.parse(layout + precision).format(rendering.text().repr(value));
            case 'a' -> FormatSpec.parse(layout + precision).format(rendering.text().ascii(value));
            case 'd', 'i', 'u' ->
                    FormatSpec.parse(layout + "d").format(PythonInteger.big(integer(value, type)));
            case 'x', 'X', 'o' -> {
                if (!PythonInteger.is(value)) {
                    throw TemplateException.type(
                            "%"
                                    + type
                                    + " format: an integer is required, not "
                                    + PythonType.nameOf(value));
                }
                yield FormatSpec.parse(layout + type).format(PythonInteger.big(value));
            }
            case 'e', 'E', 'f', 'F', 'g', 'G' -> {
                if (!Arithmetic.isNumber(value)) {
                    throw TemplateException.type(
                            "must be real number, not " + PythonType.nameOf(value));
                }
                yield FormatSpec.parse(layout + precision + type)
                        .format(Arithmetic.toDouble(value));
            }
            case 'c' ->
                    PythonInteger.is(value)
                            ? FormatSpec.parse(layout + "c").format(PythonInteger.big(value))
                            : FormatSpec.parse(layout).format(character(value));
            default -> throw TemplateException.value("unsupported format character '" + type + "'");
        };
    }

    private static Object integer(Object value, char type) {
        if (value instanceof Double number && Double.isFinite(number)) {
            return PythonInteger.truncate(number);
        }
        if (!PythonInteger.is(value)) {
            throw TemplateException.type(
                    "%"
                            + type
                            + " format: a real number is required, not "
                            + PythonType.nameOf(value));
        }
        return value;
    }

    private static String character(Object value) {
        if (value instanceof String text && text.codePointCount(0, text.length()) == 1) {
            return text;
        }
        throw TemplateException.type("%c requires a string of one character");
    }
}
