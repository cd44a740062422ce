package org.dlora.template.member;

import org.dlora.template.sandbox.OutputBuffer;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.value.BoundArguments;
import org.dlora.template.value.EvaluatedArguments;
import org.dlora.template.value.Rendering;

/** The methods of {@code str} that fill a text up to a width in code points. */
public final class Padding {

    private Padding() {}

    static String left(String text, EvaluatedArguments arguments, Rendering rendering) {
        var bound = arguments.bind("ljust", "width", "fillchar");
        return text + fill(bound, missing(text, bound.integer("width"), rendering));
    }

    static String right(String text, EvaluatedArguments arguments, Rendering rendering) {
        var bound = arguments.bind("rjust", "width", "fillchar");
        return fill(bound, missing(text, bound.integer("width"), rendering)) + text;
    }

    public static String center(String text, EvaluatedArguments arguments, Rendering rendering) {
        var bound = arguments.bind("center", "width", "fillchar");
        int width = bound.integer("width");
        int missing = missing(text, width, rendering);
        // CPython puts the odd one on the left only where the width is odd.
        int before = missing / 2 + (missing & width & 1);
        return fill(bound, before) + text + fill(bound, missing - before);
    }

    static String zeros(String text, EvaluatedArguments arguments, Rendering rendering) {
        int missing = missing(text, arguments.bind("zfill", "width").integer("width"), rendering);
        int sign = text.startsWith("+") || text.startsWith("-") ? 1 : 0;
        return text.substring(0, sign) + "0".repeat(missing) + text.substring(sign);
    }

    static String expandTabs(String text, EvaluatedArguments arguments, Rendering rendering) {
        int size = arguments.bind("expandtabs", "tabsize").integerOr("tabsize", 8);
        var out = new OutputBuffer(rendering.budget());
        int column = 0;
        for (int at = 0, character; at < text.length(); at += Character.charCount(character)) {
            character = text.codePointAt(at);
            if (character == '\t') {
                int spaces = size <= 0 ? 0 : size - column % size;
                rendering.budget().allocate(spaces);
                out.append(" ".repeat(spaces));
                column += spaces;
            } else {
                out.append(Character.toString(character));
                column = character == '\n' || character == '\r' ? 0 : column + 1;
            }
        }
        return out.toString();
    }

    private static int missing(String text, int width, Rendering rendering) {
        int missing = Math.max(0, Math.max(0, width) - text.codePointCount(0, text.length()));
        rendering.budget().allocate(missing);
        return missing;
    }

    private static String fill(BoundArguments arguments, int count) {
        var fill = arguments.textOr("fillchar", " ");
        if (fill.codePointCount(0, fill.length()) != 1) {
            throw TemplateException.type("The fill character must be exactly one character long");
        }
        return fill.repeat(count);
    }
}
