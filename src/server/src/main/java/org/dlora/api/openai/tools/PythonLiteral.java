package org.dlora.api.openai.tools;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reader of Python's literals as JSON: strings, numbers, {@code True}, {@code None}, lists, tuples,
 * sets and dicts. JSON's own words are read too.
 */
final class PythonLiteral {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int MAX_DEPTH = 100;

    private final String text;
    private int at;
    private int depth;

    PythonLiteral(String text, int at) {
        this.text = text;
        this.at = at;
    }

    /** Returns where the reader is. */
    int at() {
        return at;
    }

    /**
     * Returns the next literal as JSON, with Python's spacing.
     *
     * @return null if there is none, or none that JSON has
     */
    @Nullable String next() {
        skipSpace();
        if (at >= text.length()) {
            return null;
        }
        char c = text.charAt(at);
        return switch (c) {
            case '[' -> sequence(']');
            case '(' -> sequence(')');
            case '{' -> braces();
            default -> c == '+' || c == '-' || c == '.' || isDigit(c) ? number() : word();
        };
    }

    void skipSpace() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    /** Takes {@code c} after whitespace, if it is there. */
    boolean take(char c) {
        skipSpace();
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private @Nullable String sequence(char close) {
        at++;
        if (++depth > MAX_DEPTH) {
            return null;
        }
        var json = new StringBuilder("[");
        while (!take(close)) {
            var value = next();
            if (value == null || !isSeparated(close)) {
                return null;
            }
            json.append(json.length() > 1 ? ", " : "").append(value);
        }
        depth--;
        return json.append(']').toString();
    }

    /** Reads a dict or a set, as its first item says. */
    private @Nullable String braces() {
        at++;
        if (++depth > MAX_DEPTH) {
            return null;
        }
        var json = new StringBuilder();
        boolean isSet = false;
        while (!take('}')) {
            boolean isFirst = json.isEmpty();
            var item = next();
            boolean isKey = item != null && take(':');
            if (item == null || (!isFirst && isKey == isSet)) {
                return null;
            }
            isSet = !isKey;
            json.append(isFirst ? "" : ", ");
            if (isKey) {
                // Python's json writes other keys as strings.
                json.append(item.startsWith("\"") ? item : quote(item)).append(": ");
                item = next();
            }
            if (item == null || !isSeparated('}')) {
                return null;
            }
            json.append(item);
        }
        depth--;
        return isSet ? "[" + json + "]" : "{" + json + "}";
    }

    private boolean isSeparated(char close) {
        return take(',') || isNext(close);
    }

    private boolean isNext(char c) {
        skipSpace();
        return at < text.length() && text.charAt(at) == c;
    }

    private @Nullable String number() {
        var matcher = PythonNumber.FORM.matcher(text).region(at, text.length());
        if (!matcher.lookingAt()) {
            return null;
        }
        at = matcher.end();
        if (at < text.length() && Character.isJavaIdentifierPart(text.charAt(at))) {
            return null;
        }
        return PythonNumber.json(matcher.group());
    }

    private @Nullable String word() {
        int end = at;
        while (end < text.length() && Character.isJavaIdentifierPart(text.charAt(end))) {
            end++;
        }
        var word = text.substring(at, end);
        if (end < text.length() && isQuote(text.charAt(end)) && isPrefix(word)) {
            return strings();
        }
        at = end;
        return switch (word) {
            case "True", "true" -> "true";
            case "False", "false" -> "false";
            case "None", "null" -> "null";
            default -> null;
        };
    }

    /** Reads strings that stand next to each other, which are one. */
    private @Nullable String strings() {
        var value = new StringBuilder();
        do {
            var string = PythonString.at(text, at);
            if (string == null) {
                return null;
            }
            value.append(string.value());
            at = string.end();
            skipSpace();
        } while (at < text.length() && isQuote(text.charAt(at)));
        return quote(value.toString());
    }

    private static boolean isPrefix(String word) {
        return word.isEmpty() || "rRuUfF".contains(word);
    }

    static boolean isQuote(char c) {
        return c == '"' || c == '\'';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    static String quote(String value) {
        return JSON.writeValueAsString(value);
    }
}
