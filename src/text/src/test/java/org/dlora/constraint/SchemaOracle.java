package org.dlora.constraint;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * An independent validator of documents; formats are asserted. It knows the top-level domains of
 * some day, which RFC 5321 does not limit, so addresses are looked at with another one.
 */
public final class SchemaOracle {
    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    private SchemaOracle() {}

    /** Returns what of a text is not valid against a schema; empty if it is valid. */
    public static List<String> problems(JsonNode schema, String text) {
        return REGISTRY
                .getSchema(schema.toString(), InputFormat.JSON)
                .validate(
                        text.replaceAll("(@[A-Za-z0-9.-]+\\.)[A-Za-z]{2,10}\"", "$1com\""),
                        InputFormat.JSON,
                        context ->
                                context.executionConfig(
                                        config -> config.formatAssertionsEnabled(true)))
                .stream()
                .map(Object::toString)
                .toList();
    }
}
