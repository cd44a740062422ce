package org.dlora.adapter.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Values by patterns of module names: {@code rank_pattern} or {@code alpha_pattern}. A key means
 * the modules whose names end, after a dot, in a match of it. The first key that matches counts
 * (PEFT, {@code get_pattern_key}).
 */
record PatternMap<T>(List<Entry<T>> entries) {
    record Entry<T>(PythonRegex pattern, T value) {}

    PatternMap {
        entries = List.copyOf(entries);
    }

    /** Creates the map called {@code field}, its keys in the file's order. */
    static <T> PatternMap<T> of(String field, Map<String, T> values, MatchBudget budget) {
        return new PatternMap<>(
                values.entrySet().stream()
                        .map(e -> new Entry<>(ending(field, e.getKey(), budget), e.getValue()))
                        .toList());
    }

    private static PythonRegex ending(String field, String key, MatchBudget budget) {
        return new PythonRegex(field, "(.*\\.)?(" + key + ")$", budget);
    }

    Optional<T> get(String module) {
        return entries.stream()
                .filter(entry -> entry.pattern().matchesStart(module))
                .findFirst()
                .map(Entry::value);
    }
}
