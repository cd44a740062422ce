package org.dlora.constraint.notation;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Terminals of Lark's module {@code common}, as regular expressions. */
final class CommonTerminals {
    private static final String FLOAT =
            "([0-9]+\\.[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+";

    private static final Map<String, String> PATTERNS =
            Map.ofEntries(
                    Map.entry("DIGIT", "[0-9]"),
                    Map.entry("HEXDIGIT", "[0-9a-fA-F]"),
                    Map.entry("INT", "[0-9]+"),
                    Map.entry("SIGNED_INT", "[+-]?[0-9]+"),
                    Map.entry("DECIMAL", "[0-9]+\\.[0-9]*|\\.[0-9]+"),
                    Map.entry("FLOAT", FLOAT),
                    Map.entry("SIGNED_FLOAT", "[+-]?(" + FLOAT + ")"),
                    Map.entry("NUMBER", "[0-9]+|" + FLOAT),
                    Map.entry("SIGNED_NUMBER", "[+-]?([0-9]+|" + FLOAT + ")"),
                    Map.entry("ESCAPED_STRING", "\"([^\"\\\\\\n]|\\\\[^\\n])*\""),
                    Map.entry("LCASE_LETTER", "[a-z]"),
                    Map.entry("UCASE_LETTER", "[A-Z]"),
                    Map.entry("LETTER", "[a-zA-Z]"),
                    Map.entry("WORD", "[a-zA-Z]+"),
                    Map.entry("CNAME", "[_a-zA-Z][_a-zA-Z0-9]*"),
                    Map.entry("WS_INLINE", "[ \\t]+"),
                    Map.entry("WS", "[ \\t\\f\\r\\n]+"),
                    Map.entry("CR", "\\r"),
                    Map.entry("LF", "\\n"),
                    Map.entry("NEWLINE", "(\\r?\\n)+"),
                    Map.entry("SH_COMMENT", "#[^\\n]*"),
                    Map.entry("CPP_COMMENT", "//[^\\n]*"),
                    Map.entry("SQL_COMMENT", "--[^\\n]*"));

    private CommonTerminals() {}

    /** Returns the regular expression of a terminal; null if there is none of that name. */
    static @Nullable String find(String name) {
        return PATTERNS.get(name);
    }
}
