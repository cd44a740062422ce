package org.dlora.constraint;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** An independent validator of documents; formats are asserted. */
public final class SchemaOracle {
    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    private SchemaOracle() {}

    /** Returns what of a text is not valid against a schema; empty if it is valid. */
    public static List<String> problems(JsonNode schema, String text) {
        return REGISTRY.getSchema(schema.toString(), InputFormat.JSON)
                .validate(
                        text,
                        InputFormat.JSON,
                        context ->
                                context.executionConfig(
                                        config -> config.formatAssertionsEnabled(true)))
                .stream()
                .map(Object::toString)
                .toList();
    }
}
