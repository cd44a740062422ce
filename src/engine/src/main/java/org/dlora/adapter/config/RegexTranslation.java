package org.dlora.adapter.config;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Translation of a Python regular expression into Java's syntax, in one pass. It knows the
 * constructs that mean the same in both for ASCII text, and rejects all others. So Java's reading
 * of {@code [a&&b]}, {@code \h} or {@code {2}{3}} never decides which modules are adapted.
 */
final class RegexTranslation {
    private static final int MAX_LENGTH = 4000;
    private static final int MAX_DEPTH = 100;
    private static final int MAX_DIGITS = 4;
    private static final String CLASS_ESCAPES = "dDwWsS";
    private static final String ANCHOR_ESCAPES = "bBA";

    /**
     * Repeats {@code {m}}, {@code {m,}}, {@code {,n}} and {@code {m,n}}; any other brace is a
     * literal.
     */
    private static final Pattern REPEAT = Pattern.compile("\\{(\\d*)(,?)(\\d*)}");

    private static final Pattern GROUP_NAME = Pattern.compile("\\(\\?P[<=]([A-Za-z_]\\w*)[>)]");

    private final String source;
    private final StringBuilder out = new StringBuilder();
    private final Map<String, String> groupNames = new HashMap<>();
    private int at;
    private int depth;

    /** True after an atom, which can be repeated; false after an anchor or a quantifier. */
    private boolean repeatable;

    private RegexTranslation(String source) {
        this.source = source;
    }

    /**
     * Translates {@code source}.
     *
     * @throws PatternSyntaxException for a construct that the two languages do not share
     */
    static RegexTranslation of(String source) {
        var translation = new RegexTranslation(source);
        translation.translate();
        return translation;
    }

    /** Returns the pattern in Java's syntax. */
    String java() {
        return out.toString();
    }

    /**
     * Returns Java's name of the group that Python calls {@code name}; Java allows no underscore.
     */
    String javaGroup(String name) {
        return requireNonNull(groupNames.get(name), name);
    }

    private void translate() {
        if (source.length() > MAX_LENGTH) {
            throw problem("longer than " + MAX_LENGTH + " characters");
        }
        while (at < source.length()) {
            char c = source.charAt(at);
            switch (c) {
                case '\\' -> escape();
                case '[' -> characterClass();
                case '(' -> open();
                case ')' -> close();
                case '*', '+', '?' -> quantifier(String.valueOf(c), 1);
                case '{' -> brace();
                case '|', '^', '$' -> emit(String.valueOf(c), 1, false);
                case '}', ']' -> emit("\\" + c, 1, true);
                default -> emit(String.valueOf(c), 1, true);
            }
        }
    }

    private void emit(String java, int consumed, boolean isAtom) {
        out.append(java);
        at += consumed;
        repeatable = isAtom;
    }

    private void escape() {
        char c = escaped();
        if (c == 'Z') {
            emit("\\z", 2, false);
        } else if (ANCHOR_ESCAPES.indexOf(c) >= 0) {
            emit("\\" + c, 2, false);
        } else if (CLASS_ESCAPES.indexOf(c) >= 0 || isPunctuation(c)) {
            emit("\\" + c, 2, true);
        } else if (c >= '1' && c <= '9' && !isDigit(at + 2)) {
            emit("\\" + c, 2, true);
        } else {
            throw problem("\\" + c + " is not supported");
        }
    }

    private void characterClass() {
        out.append('[');
        at++;
        if (startsWith("^")) {
            emit("^", 1, true);
        }
        int first = at;
        while (at < source.length() && (at == first || source.charAt(at) != ']')) {
            char c = source.charAt(at);
            if (c == '\\') {
                char escaped = escaped();
                if (CLASS_ESCAPES.indexOf(escaped) < 0 && !isPunctuation(escaped)) {
                    throw problem("\\" + escaped + " in a character class is not supported");
                }
                emit("\\" + escaped, 2, true);
            } else if (c == '-' || !isPunctuation(c)) {
                emit(String.valueOf(c), 1, true);
            } else {
                emit("\\" + c, 1, true);
            }
        }
        if (at == source.length()) {
            throw problem("a character class is not closed");
        }
        emit("]", 1, true);
    }

    private void open() {
        if (++depth > MAX_DEPTH) {
            throw problem("more than " + MAX_DEPTH + " nested groups");
        }
        if (startsWith("(?P=")) {
            backReference();
        } else if (startsWith("(?P<")) {
            var name = groupName();
            var javaName = "g" + groupNames.size();
            if (groupNames.putIfAbsent(name, javaName) != null) {
                throw problem("group " + name + " is defined twice");
            }
            emit("(?<" + javaName + ">", name.length() + 5, false);
        } else if (startsWith("(?<=") || startsWith("(?<!")) {
            emit(source.substring(at, at + 4), 4, false);
        } else if (startsWith("(?:")
                || startsWith("(?=")
                || startsWith("(?!")
                || startsWith("(?>")) {
            emit(source.substring(at, at + 3), 3, false);
        } else if (startsWith("(?i:")) {
            emit("(?i:", 4, false);
        } else if (startsWith("(?")) {
            throw problem("this kind of group is not supported: " + rest());
        } else {
            emit("(", 1, false);
        }
    }

    private void backReference() {
        var name = groupName();
        var javaName = groupNames.get(name);
        if (javaName == null) {
            throw problem("group " + name + " is not defined");
        }
        depth--;
        emit("\\k<" + javaName + ">", name.length() + 5, true);
    }

    private String groupName() {
        var matcher = GROUP_NAME.matcher(source).region(at, source.length());
        if (!matcher.lookingAt()) {
            throw problem("a group has no valid name: " + rest());
        }
        return matcher.group(1);
    }

    private void close() {
        if (--depth < 0) {
            throw problem("a parenthesis closes that was not opened");
        }
        emit(")", 1, true);
    }

    private void brace() {
        var matcher = REPEAT.matcher(source).region(at, source.length());
        if (!matcher.lookingAt() || matcher.group().equals("{}")) {
            emit("\\{", 1, true);
            return;
        }
        if (matcher.group(1).length() > MAX_DIGITS || matcher.group(3).length() > MAX_DIGITS) {
            throw problem("too many repeats: " + rest());
        }
        var least = matcher.group(1).isEmpty() ? "0" : matcher.group(1);
        quantifier(
                "{" + least + matcher.group(2) + matcher.group(3) + "}", matcher.group().length());
    }

    private void quantifier(String java, int consumed) {
        if (!repeatable) {
            throw problem("nothing to repeat before " + rest());
        }
        emit(java, consumed, false);
        if (startsWith("?") || startsWith("+")) {
            emit(source.substring(at, at + 1), 1, false);
        }
    }

    private char escaped() {
        if (at + 1 == source.length()) {
            throw problem("it ends in a backslash");
        }
        return source.charAt(at + 1);
    }

    private boolean startsWith(String text) {
        return source.startsWith(text, at);
    }

    private boolean isDigit(int index) {
        return index < source.length() && Character.isDigit(source.charAt(index));
    }

    private static boolean isPunctuation(char c) {
        return c > ' ' && c < 127 && !Character.isLetterOrDigit(c);
    }

    private String rest() {
        return source.substring(at, Math.min(source.length(), at + 20));
    }

    private PatternSyntaxException problem(String description) {
        return new PatternSyntaxException(description, source, at);
    }
}
