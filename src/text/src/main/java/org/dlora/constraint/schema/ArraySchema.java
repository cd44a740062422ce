package org.dlora.constraint.schema;

import static org.dlora.constraint.grammar.Expr.Repeat.UNBOUNDED;

import java.util.ArrayList;
import java.util.List;
import org.dlora.constraint.grammar.ConstraintException;
import org.dlora.constraint.grammar.Expr;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Arrays that are valid against a schema: first items, each with its schema, then others. */
final class ArraySchema {
    private static final int MAX_OWN = 200;

    private final SchemaCompiler compiler;
    private final ObjectNode schema;
    private final String at;
    private final int depth;

    ArraySchema(SchemaCompiler compiler, ObjectNode schema, String at, int depth) {
        this.compiler = compiler;
        this.schema = schema;
        this.at = at;
        this.depth = depth;
    }

    Expr expr() {
        int min = ScalarSchema.count(schema, "minItems", at, 0);
        int max = ScalarSchema.count(schema, "maxItems", at, UNBOUNDED);
        ScalarSchema.checkOrder(min, max, "minItems", "maxItems", at);
        boolean isOld = schema.path("items").isArray(); // As of drafts before 2020-12.
        var first = first(isOld ? "items" : "prefixItems");
        var others = isOld ? schema.get("additionalItems") : schema.get("items");
        boolean isClosed = others != null && others.isBoolean() && !others.booleanValue();
        if (isClosed) {
            max = Math.min(max, first.size());
        }
        if (min > max) {
            throw new ConstraintException(
                    at + "minItems",
                    "'%sminItems' is %d, but only %d items are allowed.".formatted(at, min, max));
        }
        var items = new ArrayList<Expr>();
        for (int i = 0; i < Math.min(first.size(), max); i++) {
            var place = at + (isOld ? "items." : "prefixItems.") + i + ".";
            items.add(compiler.value(first.get(i), place, depth + 1));
        }
        return Values.enclosed(
                "[", items(items, other(others, isClosed, max, isOld), min, max), "]");
    }

    private List<JsonNode> first(String keyword) {
        var given = schema.get(keyword);
        if (given == null) {
            return List.of();
        }
        if (!given.isArray() || given.size() > MAX_OWN) {
            throw Keywords.wrong(
                    at, keyword, "an array of at most %d schemas".formatted(MAX_OWN), given);
        }
        return given.valueStream().toList();
    }

    private @Nullable Expr other(
            @Nullable JsonNode others, boolean isClosed, int max, boolean isOld) {
        if (isClosed || max == 0) {
            return null;
        }
        return others == null
                ? compiler.values().any()
                : compiler.value(others, at + (isOld ? "additionalItems." : "items."), depth + 1);
    }

    /** Returns the items from the last one that has its own schema backwards. */
    private Expr items(List<Expr> first, @Nullable Expr other, int min, int max) {
        int own = first.size();
        if (own == 0) {
            return other == null ? Expr.EMPTY : Values.members(other, min, max);
        }
        var comma = Expr.sequence(Expr.text(","), JsonText.SPACE);
        var rest =
                other == null
                        ? Expr.EMPTY
                        : Expr.repeat(
                                Expr.sequence(comma, other),
                                Math.max(0, min - own),
                                max == UNBOUNDED ? UNBOUNDED : max - own);
        for (int i = own - 1; i >= 0; i--) {
            var item = Expr.sequence(first.get(i), rest);
            var after = i == 0 ? item : Expr.sequence(comma, item);
            rest = i >= min ? Expr.optional(after) : after;
        }
        return rest;
    }
}
