package org.dlora.constraint.schema;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.constraint.grammar.CompileBudget;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Names of properties that others need beside them: {@code dependentRequired}, and {@code
 * dependencies} on names as drafts before 2019-09 have it.
 */
final class DependentNames {
    /** The most names, those that are needed included. */
    private static final int MAX_NAMES = 200;

    private final Map<String, Set<String>> needs = new LinkedHashMap<>();

    DependentNames(ObjectNode schema, String at) {
        var all = new HashSet<String>();
        for (var keyword : List.of("dependentRequired", "dependencies")) {
            for (var entry : schema.path(keyword).properties()) {
                for (var name : names(entry.getValue(), keyword, at)) {
                    needs.computeIfAbsent(entry.getKey(), _ -> new HashSet<>())
                            .add(name.asString(""));
                    all.add(name.asString(""));
                    all.add(entry.getKey());
                }
                if (all.size() > MAX_NAMES) {
                    throw Keywords.unsupported(
                            at, keyword, "at most " + MAX_NAMES + " names may depend on others");
                }
            }
        }
    }

    private static JsonNode names(JsonNode given, String keyword, String at) {
        if (!given.isArray()) {
            throw Keywords.unsupported(at, keyword, "only lists of names are");
        }
        if (!given.valueStream().allMatch(JsonNode::isString)) {
            throw Keywords.wrong(at, keyword, "an object of arrays of names", given);
        }
        return given;
    }

    boolean isEmpty() {
        return needs.isEmpty();
    }

    /** Returns the properties that need others. */
    Set<String> dependents() {
        return needs.keySet();
    }

    /** Returns the properties that must come if {@code name} does. */
    Set<String> of(String name) {
        return needs.getOrDefault(name, Set.of());
    }

    /** Adds to some names all that they need. */
    void close(Set<String> names) {
        boolean isGrowing = true;
        while (isGrowing) {
            isGrowing = false;
            CompileBudget.spend(needs.size());
            for (var entry : needs.entrySet()) {
                if (names.contains(entry.getKey())) {
                    CompileBudget.spend(entry.getValue().size());
                    isGrowing |= names.addAll(entry.getValue());
                }
            }
        }
    }
}
