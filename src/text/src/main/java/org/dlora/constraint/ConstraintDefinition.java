package org.dlora.constraint;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Definition of a constraint on an answer, as a value: a request carries it, and each replica
 * compiles it by {@link ConstraintCompiler}. The answer is the whole text; nothing stands before or
 * after it.
 */
public sealed interface ConstraintDefinition {

    /** Returns the constraint to JSON that is valid against {@code schema}. */
    static ConstraintDefinition jsonSchema(JsonNode schema) {
        return new JsonSchema(schema.toString());
    }

    /** Returns about the bytes of memory that it takes. */
    default long bytes() {
        long own =
                switch (this) {
                    case JsonSchema(var schema) -> 2L * schema.length();
                    case JsonObject() -> 0;
                    case Regex(var pattern) -> 2L * pattern.length();
                    case Grammar(var grammar) -> 2L * grammar.length();
                    case Choice(var choices) ->
                            choices.stream().mapToLong(choice -> 64 + 2L * choice.length()).sum();
                    case Text(var text) -> 2L * text.length();
                    case Sequence(var parts) -> bytes(parts);
                    case AnyOf(var alternatives) -> bytes(alternatives);
                    case Repeated(var part, _, _, var separator) ->
                            part.bytes() + 2L * separator.length();
                };
        return 100 + own;
    }

    private static long bytes(List<ConstraintDefinition> parts) {
        return parts.stream().mapToLong(ConstraintDefinition::bytes).sum();
    }

    /**
     * JSON that is valid against a schema.
     *
     * @param schema as JSON
     */
    record JsonSchema(String schema) implements ConstraintDefinition {}

    /** Any JSON object. */
    record JsonObject() implements ConstraintDefinition {}

    /** A text that a regular expression matches from its start to its end. */
    record Regex(String pattern) implements ConstraintDefinition {}

    /** A text of a grammar in GBNF, by its rule {@code root}, or in Lark, by {@code start}. */
    record Grammar(String grammar) implements ConstraintDefinition {}

    /** Choice of texts, none of them empty. */
    record Choice(List<String> choices) implements ConstraintDefinition {
        public Choice {
            choices = List.copyOf(choices);
        }
    }

    /** Exactly this text; may be empty. */
    record Text(String text) implements ConstraintDefinition {}

    /** Parts that follow one another. */
    record Sequence(List<ConstraintDefinition> parts) implements ConstraintDefinition {
        public Sequence {
            parts = List.copyOf(parts);
        }
    }

    /** Choice of alternatives, at least one. */
    record AnyOf(List<ConstraintDefinition> alternatives) implements ConstraintDefinition {
        public AnyOf {
            alternatives = List.copyOf(alternatives);
        }
    }

    /**
     * Repetitions of a part, which cannot be empty.
     *
     * @param min repetitions at least
     * @param max repetitions at most; null for no bound
     * @param separator between two of them; may be empty
     */
    record Repeated(ConstraintDefinition part, int min, @Nullable Integer max, String separator)
            implements ConstraintDefinition {}
}
