package org.dlora.constraint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dlora.testing.TestFiles;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A schema with texts that its constraint allows, and texts that it excludes.
 *
 * @param name says what the schema is about
 */
public record SchemaCase(String name, JsonNode schema, List<String> valid, List<String> invalid) {
    private static final Path FILE = TestFiles.data("constraint/schemas.jsonl");
    private static final JsonMapper JSON = new JsonMapper();

    /** Returns all cases, more than 100. */
    public static List<SchemaCase> all() {
        try {
            return Files.readAllLines(FILE).stream().map(SchemaCase::read).toList();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static SchemaCase read(String line) {
        var node = JSON.readTree(line);
        return new SchemaCase(
                node.get("name").stringValue(),
                node.get("schema"),
                texts(node.get("valid")),
                texts(node.get("invalid")));
    }

    private static List<String> texts(JsonNode array) {
        return array.valueStream().map(JsonNode::stringValue).toList();
    }

    public ConstraintDefinition definition() {
        return ConstraintDefinition.jsonSchema(schema);
    }

    @Override
    public String toString() {
        return name;
    }
}
