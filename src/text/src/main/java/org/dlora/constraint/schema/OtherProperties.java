package org.dlora.constraint.schema;

import static org.dlora.constraint.grammar.Expr.Repeat.UNBOUNDED;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.dlora.constraint.grammar.Determinizer;
import org.dlora.constraint.grammar.Dfa;
import org.dlora.constraint.grammar.Expr;
import org.dlora.constraint.grammar.Rule;
import org.dlora.constraint.regex.Regex;
import org.dlora.constraint.regex.TextEncoding;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Properties of an object that its schema does not name: those whose names match patterns, and
 * additional ones. Names are divided by the patterns that they match, so that each name has one
 * schema.
 */
final class OtherProperties {
    private static final int MAX_CLASSES = 64;

    private final SchemaCompiler compiler;
    private final ObjectNode schema;
    private final String at;
    private final int depth;
    private final List<NameClass> patterns = new ArrayList<>();

    /** Names, and what their values must be. */
    private record NameClass(Dfa names, JsonNode values) {}

    OtherProperties(SchemaCompiler compiler, ObjectNode schema, String at, int depth) {
        this.compiler = compiler;
        this.schema = schema;
        this.at = at;
        this.depth = depth;
        for (var entry : schema.path("patternProperties").properties()) {
            var names =
                    SchemaCompiler.within(
                            at + "patternProperties.",
                            () -> Regex.search(entry.getKey(), TextEncoding.JSON));
            patterns.add(new NameClass(Determinizer.dfa(JsonText.quoted(names)), entry.getValue()));
        }
    }

    /** Returns the expression of the value of a property that the schema names. */
    JsonNode named(String name, JsonNode own) {
        var values = own;
        for (var pattern : patterns) {
            if (pattern.names.matches(JsonText.literalBytes(name))) {
                values = merged(values, pattern.values, at + "properties." + name + ".");
            }
        }
        return values;
    }

    /**
     * Returns the schema of another property's value; false if the property must not come.
     *
     * @param isNeeded whether the schema requires it, so that one that says nothing allows it
     */
    JsonNode unnamed(String name, boolean isNeeded) {
        boolean matches =
                patterns.stream()
                        .anyMatch(pattern -> pattern.names.matches(JsonText.literalBytes(name)));
        return matches
                ? named(name, BooleanNode.TRUE)
                : isNeeded && !schema.has("additionalProperties") ? BooleanNode.TRUE : additional();
    }

    private JsonNode additional() {
        var given = schema.get("additionalProperties");
        if (given != null) {
            return given;
        }
        return BooleanNode.valueOf(patterns.isEmpty() && schema.path("properties").isEmpty());
    }

    /**
     * Returns a member with any other name; null if there is none.
     *
     * @param known names that are not among them
     */
    @Nullable Expr member(Collection<String> known) {
        if (patterns.isEmpty() && Keywords.isFalse(additional())) {
            return null;
        }
        if (patterns.isEmpty() && known.isEmpty()) {
            var name = name();
            return name == null ? null : member(name, additional(), "additionalProperties.");
        }
        var members = new ArrayList<Expr>();
        for (var one : classes(JsonText.otherThan(List.copyOf(known)))) {
            if (!Keywords.isFalse(one.values)) {
                var name = new Expr.Call(new Rule.Regular(one.names));
                members.add(
                        member(
                                name,
                                one.values,
                                patterns.isEmpty()
                                        ? "additionalProperties."
                                        : "patternProperties."));
            }
        }
        return members.isEmpty() ? null : Expr.choice(members);
    }

    private Expr member(Expr name, JsonNode values, String place) {
        return ObjectSchema.member(name, compiler.value(values, at + place, depth + 1));
    }

    /** Divides names by the patterns that they match. */
    private List<NameClass> classes(Dfa names) {
        var classes = List.of(new NameClass(names, BooleanNode.TRUE));
        var unmatched = names;
        for (var pattern : patterns) {
            var divided = new ArrayList<NameClass>();
            for (var one : classes) {
                var both = one.names.and(pattern.names);
                boolean isMatched = one.names != unmatched;
                add(
                        divided,
                        both,
                        isMatched ? merged(one.values, pattern.values, at) : pattern.values);
                var rest = one.names.minus(pattern.names);
                add(divided, rest, one.values);
                unmatched = isMatched ? unmatched : rest;
            }
            if (divided.size() > MAX_CLASSES) {
                throw Keywords.unsupported(
                        at, "patternProperties", "its patterns overlap in too many ways");
            }
            classes = divided;
        }
        var all = new ArrayList<NameClass>();
        for (var one : classes) {
            all.add(one.names == unmatched ? new NameClass(one.names, additional()) : one);
        }
        return all;
    }

    private static void add(List<NameClass> classes, Dfa names, JsonNode values) {
        if (names.start() != Dfa.DEAD) {
            classes.add(new NameClass(names, values));
        }
    }

    private JsonNode merged(JsonNode one, JsonNode other, String place) {
        return SchemaMerge.merge(
                compiler.inlined(one, place, depth), compiler.inlined(other, place, depth), place);
    }

    /** Returns names that are valid against {@code propertyNames}; null if there are none. */
    private @Nullable Expr name() {
        var given = schema.get("propertyNames");
        if (given == null) {
            return compiler.values().string(0, UNBOUNDED, null, null, at);
        }
        var place = at + "propertyNames.";
        var names = compiler.onlyType("string", given, place, depth);
        return names == null ? null : compiler.value(names, place, depth + 1);
    }
}
