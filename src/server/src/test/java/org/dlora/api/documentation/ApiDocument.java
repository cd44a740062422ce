package org.dlora.api.documentation;

import com.networknt.schema.Error;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** An OpenAPI document, as tests look at it. */
public final class ApiDocument {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String SCHEMAS = "#/components/schemas/";

    private final SchemaRegistry registry =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private final JsonNode root;

    public ApiDocument(String json) {
        root = JSON.readTree(json);
    }

    /** An operation: {@code method} in upper case. */
    public record Operation(String method, String path, JsonNode said) {
        @Override
        public String toString() {
            return method + " " + path;
        }

        /** Returns the schema of a request's JSON; missing if it takes none. */
        public JsonNode request() {
            return said.at("/requestBody/content/application~1json/schema");
        }
    }

    public JsonNode root() {
        return root;
    }

    public List<Operation> operations() {
        var all = new ArrayList<Operation>();
        for (var path : root.get("paths").properties()) {
            for (var method : path.getValue().properties()) {
                all.add(
                        new Operation(
                                method.getKey().toUpperCase(Locale.ROOT),
                                path.getKey(),
                                method.getValue()));
            }
        }
        return all;
    }

    public JsonNode schema(String name) {
        return root.at("/components/schemas/" + name);
    }

    /** Returns the names of a schema's members. */
    public Set<String> members(String name) {
        return new TreeSet<>(schema(name).path("properties").propertyNames());
    }

    /** Returns the name of the component that {@code schema} refers to. */
    public static String named(JsonNode schema) {
        return schema.path("$ref").asString("").replace(SCHEMAS, "");
    }

    /** Returns what of {@code value} does not match {@code schema}, a part of this document. */
    public List<Error> problems(JsonNode schema, JsonNode value) {
        var whole = (ObjectNode) schema.deepCopy();
        whole.set("components", root.get("components"));
        return registry.getSchema(whole).validate(value);
    }

    /** Returns the examples of a media type, by name. */
    public static Map<String, JsonNode> examples(JsonNode media) {
        var all = new TreeMap<String, JsonNode>();
        if (media.has("example")) {
            all.put("example", media.get("example"));
        }
        media.path("examples")
                .properties()
                .forEach(example -> all.put(example.getKey(), example.getValue().get("value")));
        return all;
    }
}
