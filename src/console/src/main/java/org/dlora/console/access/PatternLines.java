package org.dlora.console.access;

import java.util.List;
import org.dlora.security.AdapterPatterns;

/** Patterns of adapters' names as a form has them: one on each line. */
final class PatternLines {
    private PatternLines() {}

    static String of(AdapterPatterns patterns) {
        return String.join("\n", patterns.patterns());
    }

    /** Returns the patterns of a text; lines may be blank. */
    static AdapterPatterns patterns(String text) {
        List<String> lines =
                text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
        return new AdapterPatterns(lines);
    }
}
