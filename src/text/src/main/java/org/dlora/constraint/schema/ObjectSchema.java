package org.dlora.constraint.schema;

import static org.dlora.constraint.grammar.Expr.Repeat.UNBOUNDED;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.dlora.constraint.grammar.CompileBudget;
import org.dlora.constraint.grammar.ConstraintException;
import org.dlora.constraint.grammar.Expr;
import org.dlora.constraint.grammar.Rule;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Objects that are valid against a schema: its properties in their order, then others where it
 * allows them. A schema with properties allows no others unless it says so, which vLLM's backends
 * take in the same way.
 */
final class ObjectSchema {
    private static final int MAX_COUNTED = 200;

    /** The most ways in which dependent names may be open or missing. */
    private static final int MAX_TAILS = 10_000;

    private final ObjectNode schema;
    private final String at;
    private final OtherProperties others;
    private final DependentNames dependent;
    private final Map<String, JsonNode> values = new LinkedHashMap<>();
    private final Set<String> forbidden = new HashSet<>();
    private final Set<String> required = new LinkedHashSet<>();
    private final Map<Tail, Rule.Defined> tails = new HashMap<>();
    private final ArrayDeque<Tail> open = new ArrayDeque<>();
    private final Map<String, Expr> properties = new LinkedHashMap<>();
    private final List<String> names;

    /** Index of each property. */
    private final Map<String, Integer> places = new HashMap<>();

    /** Index of the last property that needs a name. */
    private final Map<String, Integer> lastNeeds = new HashMap<>();

    private final @Nullable Expr additional;
    private final int min;
    private final int max;

    /**
     * Rest of an object after some properties, up to the closing brace.
     *
     * @param index of the next property
     * @param count properties so far; beyond none and some it matters to bounds alone
     * @param needed properties behind them that one of them needs
     * @param missing properties that were left out and that one behind needs
     */
    private record Tail(int index, int count, Set<String> needed, Set<String> missing) {}

    ObjectSchema(SchemaCompiler compiler, ObjectNode schema, String at, int depth) {
        this.schema = schema;
        this.at = at;
        others = new OtherProperties(compiler, schema, at, depth);
        dependent = new DependentNames(schema, at);
        checkNames();
        for (var entry : schema.path("properties").properties()) {
            put(entry.getKey(), others.named(entry.getKey(), entry.getValue()));
        }
        require();
        dependent.dependents().forEach(name -> putUnnamed(name, false));
        forbidWithoutNeeds();
        values.forEach((name, value) ->
                properties.put(
                        name, compiler.value(value, at + "properties." + name + ".", depth + 1)));
        names = List.copyOf(properties.keySet());
        place();
        var known = new LinkedHashSet<>(names);
        known.addAll(forbidden);
        additional = others.member(known);
        min = ScalarSchema.count(schema, "minProperties", at, 0);
        max = ScalarSchema.count(schema, "maxProperties", at, UNBOUNDED);
        ScalarSchema.checkOrder(min, max, "minProperties", "maxProperties", at);
        checkCounts();
    }

    private void checkNames() {
        if (!schema.has("propertyNames")) {
            return;
        }
        for (var keyword : List.of("properties", "patternProperties", "required")) {
            if (!schema.path(keyword).isEmpty()) {
                throw Keywords.unsupported(
                        at,
                        "propertyNames",
                        "it may stand beside no properties, no patternProperties and no required");
            }
        }
        if (!dependent.isEmpty()) {
            throw Keywords.unsupported(at, "propertyNames", "it may stand beside no dependencies");
        }
    }

    private void put(String name, JsonNode value) {
        if (Keywords.isFalse(value)) {
            forbidden.add(name);
        } else {
            values.put(name, value);
        }
    }

    private void putUnnamed(String name, boolean isNeeded) {
        if (!values.containsKey(name) && !forbidden.contains(name)) {
            put(name, others.unnamed(name, isNeeded));
        }
    }

    private void require() {
        for (var name : schema.path("required")) {
            required.add(name.asString(""));
        }
        dependent.close(required);
        for (var name : required) {
            putUnnamed(name, true);
            if (forbidden.contains(name)) {
                throw new ConstraintException(
                        at + "required",
                        "'%srequired' has '%s', which is not among the properties that are allowed."
                                .formatted(at, name));
            }
        }
    }

    /** Forbids the properties that need one that must not come. */
    private void forbidWithoutNeeds() {
        boolean isDone = false;
        while (!isDone) {
            isDone = true;
            CompileBudget.spend(values.size());
            for (var name : List.copyOf(values.keySet())) {
                CompileBudget.spend(dependent.of(name).size());
                dependent.of(name).forEach(needed -> putUnnamed(needed, true));
                if (dependent.of(name).stream().anyMatch(forbidden::contains)) {
                    values.remove(name);
                    forbidden.add(name);
                    isDone = false;
                }
            }
        }
    }

    private void place() {
        for (int i = 0; i < names.size(); i++) {
            places.put(names.get(i), i);
            for (var needed : dependent.of(names.get(i))) {
                lastNeeds.put(needed, i);
            }
        }
    }

    private void checkCounts() {
        int most = additional == null ? properties.size() : UNBOUNDED;
        if (min > most || required.size() > max) {
            throw new ConstraintException(
                    at + "minProperties",
                    "No object has as many properties as '%s' says; %d are required and %d possible."
                            .formatted(at + "minProperties", required.size(), most));
        }
        // A name may come twice, and counts once.
        if (additional != null && min > Math.max(1, required.size())) {
            throw Keywords.unsupported(
                    at, "minProperties", "above 1 it needs 'additionalProperties': false");
        }
        if (countsExactly() && names.size() > MAX_COUNTED) {
            throw Keywords.unsupported(
                    at,
                    "maxProperties",
                    "bounds of the number of properties are for at most "
                            + MAX_COUNTED
                            + " properties");
        }
    }

    static Expr member(Expr key, Expr value) {
        return Expr.sequence(key, Expr.text(":"), JsonText.SPACE, value);
    }

    Expr expr() {
        var first = tail(0, 0, Set.of(), Set.of());
        while (!open.isEmpty()) {
            var tail = open.removeFirst();
            Objects.requireNonNull(tails.get(tail))
                    .define(tail.index == names.size() ? end(tail.count) : property(tail));
        }
        return Expr.sequence(Expr.text("{"), JsonText.SPACE, first);
    }

    private boolean countsExactly() {
        return min > 1 || max < UNBOUNDED;
    }

    private Expr tail(int index, int count, Set<String> needed, Set<String> missing) {
        int capped = countsExactly() ? count : Math.min(1, count);
        var tail = new Tail(index, capped, Set.copyOf(needed), Set.copyOf(missing));
        var rule = tails.get(tail);
        if (rule == null) {
            if (!dependent.isEmpty() && tails.size() == MAX_TAILS) {
                throw Keywords.unsupported(
                        at, "dependentRequired", "so many properties depend on others");
            }
            rule = new Rule.Defined(at);
            tails.put(tail, rule);
            open.add(tail);
        }
        return new Expr.Call(rule);
    }

    private Expr property(Tail tail) {
        var name = names.get(tail.index);
        var alternatives = new ArrayList<Expr>();
        if (tail.count < max && dependent.of(name).stream().noneMatch(tail.missing::contains)) {
            alternatives.add(
                    Expr.sequence(
                            separator(tail.count),
                            member(
                                    JsonText.literal(name),
                                    Objects.requireNonNull(properties.get(name))),
                            after(tail, name, true)));
        }
        if (!required.contains(name) && !tail.needed.contains(name)) {
            alternatives.add(after(tail, name, false));
        }
        return Expr.choice(alternatives);
    }

    /** Returns the rest of the object after a property, or after its absence. */
    private Expr after(Tail tail, String name, boolean isPresent) {
        int index = tail.index + 1;
        if (dependent.isEmpty()) {
            return tail(index, tail.count + (isPresent ? 1 : 0), Set.of(), Set.of());
        }
        var needed = new HashSet<>(tail.needed);
        var missing = new HashSet<>(tail.missing);
        if (isPresent) {
            needed.addAll(dependent.of(name));
        } else {
            missing.add(name);
        }
        CompileBudget.spend(needed.size() + missing.size());
        needed.removeIf(one -> Objects.requireNonNull(places.get(one)) < index);
        missing.removeIf(one -> lastNeeds.getOrDefault(one, 0) < index);
        return tail(index, tail.count + (isPresent ? 1 : 0), needed, missing);
    }

    private static Expr separator(int count) {
        return count == 0 ? Expr.EMPTY : Expr.sequence(Expr.text(","), JsonText.SPACE);
    }

    private Expr end(int count) {
        var close = Expr.sequence(JsonText.SPACE, Expr.text("}"));
        int least = Math.max(0, min - count);
        if (additional == null || count >= max) {
            return least > 0 ? new Expr.Choice(List.of()) : close;
        }
        int most = max == UNBOUNDED ? UNBOUNDED : max - count;
        var more =
                count == 0
                        ? Values.members(additional, least, most)
                        : Expr.repeat(Expr.sequence(separator(count), additional), least, most);
        return Expr.sequence(more, close);
    }
}
