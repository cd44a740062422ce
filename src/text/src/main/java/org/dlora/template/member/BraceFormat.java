package org.dlora.template.member;

import java.util.regex.Pattern;
import org.dlora.template.operator.FormatSpec;
import org.dlora.template.sandbox.OutputBuffer;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.value.EvaluatedArguments;
import org.dlora.template.value.PythonInteger;
import org.dlora.template.value.PythonType;
import org.dlora.template.value.Rendering;

/**
 * {@code 'format'.format(...)}: replacement fields with attributes, items, conversions and
 * specifications.
 */
final class BraceFormat {

    private static final Pattern STEP = Pattern.compile("\\.([^.\\[]++)|\\[([^\\]]++)\\]");

    private final Rendering rendering;
    private final MemberAccess access;

    BraceFormat(Rendering rendering) {
        this.rendering = rendering;
        this.access = new MemberAccess(rendering);
    }

    String format(String format, EvaluatedArguments arguments) {
        return new Run(arguments).expand(format, 0);
    }

    private final class Run {

        private final EvaluatedArguments arguments;
        private int automatic;
        private boolean numbered;

        Run(EvaluatedArguments arguments) {
            this.arguments = arguments;
        }

        String expand(String format, int nesting) {
            rendering.budget().scan(format.length());
            var out = new OutputBuffer(rendering.budget());
            int at = 0;
            while (at < format.length()) {
                char character = format.charAt(at);
                boolean doubled = at + 1 < format.length() && format.charAt(at + 1) == character;
                if (character != '{' && character != '}') {
                    int end = at;
                    while (end < format.length()
                            && format.charAt(end) != '{'
                            && format.charAt(end) != '}') {
                        end++;
                    }
                    out.append(format.substring(at, end));
                    at = end;
                } else if (doubled) {
                    out.append(character);
                    at += 2;
                } else if (character == '}') {
                    throw TemplateException.value("Single '}' encountered in format string");
                } else {
                    int end = closing(format, at);
                    out.append(field(format.substring(at + 1, end), nesting));
                    at = end + 1;
                }
            }
            return out.toString();
        }

        private static int closing(String format, int open) {
            int depth = 0;
            for (int i = open; i < format.length(); i++) {
                depth += format.charAt(i) == '{' ? 1 : format.charAt(i) == '}' ? -1 : 0;
                if (depth == 0) {
                    return i;
                }
            }
            throw TemplateException.value("expected '}' before end of string");
        }

        private String field(String field, int nesting) {
            if (nesting > 1) {
                throw TemplateException.value("Max string recursion exceeded");
            }
            int colon = field.indexOf(':');
            var name = colon < 0 ? field : field.substring(0, colon);
            int mark = name.lastIndexOf('!');
            // The value takes its automatic number before the fields of its specification do.
            var value = value(mark < 0 ? name : name.substring(0, mark));
            var spec = colon < 0 ? "" : expand(field.substring(colon + 1), nesting + 1);
            if (mark < 0) {
                return apply(value, spec);
            }
            return switch (name.substring(mark + 1)) {
                case "s" -> FormatSpec.parse(spec).format(rendering.text().str(value));
                case "r" -> FormatSpec.parse(spec).format(rendering.text().repr(value));
                case "a" -> FormatSpec.parse(spec).format(rendering.text().ascii(value));
                default ->
                        throw TemplateException.value(
                                "Unknown conversion in replacement field '" + field + "'");
            };
        }

        private String apply(Object value, String spec) {
            if (spec.isEmpty() || value instanceof String) {
                return FormatSpec.parse(spec).format(rendering.text().str(value));
            }
            return switch (value) {
                case Double number -> FormatSpec.parse(spec).format((double) number);
                case Object number when PythonInteger.is(number) ->
                        FormatSpec.parse(spec).format(PythonInteger.big(number));
                default ->
                        throw TemplateException.type(
                                "unsupported format string passed to "
                                        + PythonType.nameOf(value)
                                        + ".__format__");
            };
        }

        private Object value(String path) {
            int end = 0;
            while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
                end++;
            }
            var value = argument(path.substring(0, end));
            var matcher = STEP.matcher(path).region(end, path.length());
            while (matcher.lookingAt()) {
                rendering.budget().step();
                value =
                        matcher.group(1) != null
                                ? access.attribute(value, matcher.group(1))
                                : access.item(value, key(matcher.group(2)));
                matcher.region(matcher.end(), path.length());
            }
            if (matcher.regionStart() != path.length()) {
                throw TemplateException.value("bad replacement field '" + path + "'");
            }
            return value;
        }

        private Object argument(String name) {
            if (!name.isEmpty() && !isNumber(name)) {
                var value = arguments.named().get(name);
                if (value == null) {
                    throw TemplateException.value("format() has no argument '" + name + "'");
                }
                return value;
            }
            numbered |= !name.isEmpty();
            if (numbered && (automatic > 0 || name.isEmpty())) {
                throw TemplateException.value(
                        "fields of a format are numbered either all by hand or all automatically");
            }
            int index =
                    name.isEmpty()
                            ? automatic++
                            : (int) Math.min(Long.parseLong(name), Integer.MAX_VALUE);
            if (index >= arguments.positional().size()) {
                throw TemplateException.value(
                        "Replacement index " + index + " out of range for positional args tuple");
            }
            return arguments.positional().get(index);
        }

        private static Object key(String text) {
            return isNumber(text) ? (Object) Long.parseLong(text) : text;
        }

        private static boolean isNumber(String text) {
            return text.length() <= 9 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        }
    }
}
