package org.dlora.tensor;

import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;

/**
 * Description of malformed JSON in words of JSON. The parser's own messages advise Java
 * programmers: they name its settings, classes and tokens.
 */
public final class JsonProblem {
    private static final int SHOWN = 200;

    private record Rule(Pattern pattern, String replacement) {
        static Rule of(String regex, String replacement) {
            return new Rule(Pattern.compile(regex, Pattern.DOTALL), replacement);
        }

        String apply(String text) {
            return pattern.matcher(text).replaceAll(replacement);
        }
    }

    private static final List<Rule> RULES =
            List.of(
                    Rule.of("^Trailing token .*", "Something follows the end of the object"),
                    Rule.of(": enable `.*", ""),
                    Rule.of(", from `[^`]*`\\)", ")"),
                    Rule.of(" \\(start marker at .*", ""),
                    Rule.of(" \\(for (Object|Array) starting at .*", ""),
                    Rule.of(" \\(not recognized as one since .*", ""),
                    Rule.of("\\bVALUE_STRING\\b", "a string"),
                    Rule.of("\\(\\(CTRL-CHAR, code (\\d+)\\)\\)", "(control character $1)"),
                    Rule.of(" ?\\(?`[\\w.]+(\\(\\))?`\\)?", ""));

    private JsonProblem() {}

    /** Returns the found value, on one line of at most 200 characters. */
    public static String of(JacksonException e) {
        var text = e.getOriginalMessage().replaceAll("\\R", " ");
        for (var rule : RULES) {
            text = rule.apply(text);
        }
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }
}
