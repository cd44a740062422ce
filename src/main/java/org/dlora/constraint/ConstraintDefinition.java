package org.dlora.constraint;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What an answer must be, as a value: a request carries it, and each replica compiles it by {@link
 * ConstraintCompiler}. The answer is the whole text; nothing stands before or after it.
 */
public sealed interface ConstraintDefinition {

    /** Returns the constraint to JSON that is valid against {@code schema}. */
    static ConstraintDefinition jsonSchema(JsonNode schema) {
        return new JsonSchema(schema.toString());
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

    /** One of some texts, none of them empty. */
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

    /** One of some alternatives, at least one. */
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
