package org.dlora.template.member;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.value.BoundArguments;
import org.dlora.template.value.PythonCharacter;
import org.dlora.template.value.Rendering;
import org.dlora.template.value.Strip;
import org.dlora.template.value.Tuple;

/** The methods of {@code str} that take a text apart. */
public final class Split {

    private Split() {}

    static List<Object> left(String text, BoundArguments arguments, Rendering rendering) {
        int splits = splits(arguments);
        if (!arguments.has("sep")) {
            return charged(words(text, splits), rendering);
        }
        var separator = separator(arguments.text("sep"), text, rendering);
        var parts = new ArrayList<Object>();
        int from = 0;
        for (int at = text.indexOf(separator);
                at >= 0 && parts.size() < splits;
                at = text.indexOf(separator, from)) {
            parts.add(text.substring(from, at));
            from = at + separator.length();
        }
        parts.add(text.substring(from));
        return charged(parts, rendering);
    }

    static List<Object> right(String text, BoundArguments arguments, Rendering rendering) {
        int splits = splits(arguments);
        if (!arguments.has("sep")) {
            return charged(wordsFromRight(text, splits), rendering);
        }
        var separator = separator(arguments.text("sep"), text, rendering);
        var parts = new ArrayList<Object>();
        int to = text.length();
        while (parts.size() < splits && to >= separator.length()) {
            int at = text.lastIndexOf(separator, to - separator.length());
            if (at < 0) {
                break;
            }
            parts.add(text.substring(at + separator.length(), to));
            to = at;
        }
        parts.add(text.substring(0, to));
        Collections.reverse(parts);
        return charged(parts, rendering);
    }

    private static int splits(BoundArguments arguments) {
        int splits = arguments.integerOr("maxsplit", -1);
        return splits < 0 ? Integer.MAX_VALUE : splits;
    }

    private static String separator(String separator, String text, Rendering rendering) {
        if (separator.isEmpty()) {
            throw TemplateException.value("empty separator");
        }
        rendering.budget().search(text.length(), separator.length());
        return separator;
    }

    private static List<Object> charged(List<Object> parts, Rendering rendering) {
        rendering.budget().allocateItems(parts.size());
        rendering.budget().scan(parts.size());
        return parts;
    }

    private static List<Object> words(String text, int splits) {
        var words = new ArrayList<Object>();
        var rest = Strip.left(text, null);
        int start = 0;
        while (start < rest.length() && words.size() < splits) {
            int end = start;
            while (end < rest.length() && !PythonCharacter.isSpace(rest.charAt(end))) {
                end++;
            }
            words.add(rest.substring(start, end));
            start = end;
            while (start < rest.length() && PythonCharacter.isSpace(rest.charAt(start))) {
                start++;
            }
        }
        if (start < rest.length()) {
            words.add(Strip.right(rest.substring(start), splits == Integer.MAX_VALUE ? null : ""));
        }
        return words;
    }

    private static List<Object> wordsFromRight(String text, int splits) {
        var words = new ArrayList<Object>();
        int end = Strip.right(text, null).length();
        while (end > 0 && words.size() < splits) {
            int start = end;
            while (start > 0 && !PythonCharacter.isSpace(text.charAt(start - 1))) {
                start--;
            }
            words.add(text.substring(start, end));
            end = start;
            while (end > 0 && PythonCharacter.isSpace(text.charAt(end - 1))) {
                end--;
            }
        }
        if (end > 0) {
            words.add(text.substring(0, end));
        }
        Collections.reverse(words);
        return words;
    }

    public static List<Object> lines(String text, boolean keepEnds, Rendering rendering) {
        var lines = new ArrayList<Object>();
        int start = 0;
        while (start < text.length()) {
            int end = start;
            while (end < text.length() && !PythonCharacter.isLineEnd(text.charAt(end))) {
                end++;
            }
            int next = Math.min(end + (text.startsWith("\r\n", end) ? 2 : 1), text.length());
            lines.add(text.substring(start, keepEnds ? next : end));
            start = next;
        }
        return charged(lines, rendering);
    }

    static Tuple partition(String text, BoundArguments arguments, Rendering rendering) {
        var separator = separator(arguments.text("sep"), text, rendering);
        int at = text.indexOf(separator);
        return at < 0
                ? Tuple.of(text, "", "")
                : Tuple.of(
                        text.substring(0, at), separator, text.substring(at + separator.length()));
    }

    static Tuple rightPartition(String text, BoundArguments arguments, Rendering rendering) {
        var separator = separator(arguments.text("sep"), text, rendering);
        int at = text.lastIndexOf(separator);
        return at < 0
                ? Tuple.of("", "", text)
                : Tuple.of(
                        text.substring(0, at), separator, text.substring(at + separator.length()));
    }
}
