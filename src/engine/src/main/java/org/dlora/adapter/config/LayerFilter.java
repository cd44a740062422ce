package org.dlora.adapter.config;

import java.util.List;
import java.util.Set;

/**
 * The layers whose modules are adapted: {@code layers_to_transform} (PEFT, {@code
 * check_target_module_exists}).
 *
 * @param layers indices from 0
 * @param indexPatterns patterns whose group {@value #INDEX} is a module's layer; the first match
 *     counts
 */
record LayerFilter(Set<Integer> layers, List<PythonRegex> indexPatterns) {
    private static final String INDEX = "idx";

    LayerFilter {
        layers = Set.copyOf(layers);
        indexPatterns = List.copyOf(indexPatterns);
    }

    /**
     * Combines {@code layers_to_transform} and {@code layers_pattern}.
     *
     * @param lists names of the module list that the index counts in, each a regular expression;
     *     none: the index is the first number that follows another name
     */
    static LayerFilter of(Set<Integer> layers, List<String> lists, MatchBudget budget) {
        var patterns =
                lists.isEmpty()
                        ? List.of(".*?\\.[^.]*\\.(?P<idx>\\d+)\\.")
                        : lists.stream()
                                .map(list -> "(?:^|.*?\\.)" + list + "\\.(?P<idx>\\d+)\\.")
                                .toList();
        return new LayerFilter(
                layers,
                patterns.stream()
                        .map(pattern -> new PythonRegex("layers_pattern", pattern, budget))
                        .toList());
    }

    boolean contains(String module) {
        return indexPatterns.stream()
                .flatMap(pattern -> pattern.group(module, INDEX).stream())
                .findFirst()
                .map(index -> layers.contains(Integer.valueOf(index)))
                .orElse(false);
    }
}
