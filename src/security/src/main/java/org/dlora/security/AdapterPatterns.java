package org.dlora.security;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;

/**
 * Names of adapters. In a pattern {@code *} stands for any characters, none included; all others
 * stand for themselves.
 *
 * @param patterns a name that one of them matches is allowed; none allows nothing
 */
public record AdapterPatterns(@JsonValue List<String> patterns) {
    /** Allows every name. */
    public static final AdapterPatterns ALL = new AdapterPatterns(List.of("*"));

    /** Allows no name. */
    public static final AdapterPatterns NONE = new AdapterPatterns(List.of());

    public AdapterPatterns {
        patterns = List.copyOf(patterns);
    }

    /** Returns whether an adapter's name matches one of the patterns. */
    public boolean allows(String name) {
        for (var pattern : patterns) {
            if (matches(pattern, name)) {
                return true;
            }
        }
        return false;
    }

    // Greedy with one step back: linear for real patterns, quadratic at worst, never exponential.
    private static boolean matches(String pattern, String name) {
        int p = 0;
        int n = 0;
        int star = -1;
        int resume = 0;
        while (n < name.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                resume = n;
            } else if (p < pattern.length() && pattern.charAt(p) == name.charAt(n)) {
                p++;
                n++;
            } else if (star >= 0) {
                p = star + 1;
                n = ++resume;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }
}
