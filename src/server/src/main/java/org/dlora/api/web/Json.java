package org.dlora.api.web;

import java.util.Map;
import org.dlora.tensor.JsonProblem;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reader and writer of the interface's JSON. It reads strictly: no duplicate names, and nothing
 * after the value. It writes names in snake case.
 */
public final class Json {
    private static final int MAX_DEPTH = 100;
    private static final JsonMapper MAPPER =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(MAX_DEPTH)
                                                    .build())
                                    .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
                    .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                    .build();

    private Json() {}

    /**
     * Returns the body as an object.
     *
     * @throws ApiException with status 400 if it is none
     */
    public static ObjectNode object(byte[] body) {
        JsonNode node;
        try {
            node = MAPPER.readTree(body);
        } catch (JacksonException e) {
            throw ApiException.invalid(
                    null, "The body is not valid JSON: " + JsonProblem.of(e) + place(e) + ".");
        }
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw ApiException.invalid(
                null,
                node.isMissingNode()
                        ? "The body is empty; send a JSON object."
                        : "The body must be a JSON object, but is " + Fields.show(node) + ".");
    }

    /**
     * Returns plain Java values: strings, booleans, numbers, lists, maps in the given order, nulls.
     */
    @SuppressWarnings("unchecked")
    public static Map<String, Object> values(ObjectNode object) {
        return MAPPER.treeToValue(object, Map.class);
    }

    public static String write(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    public static byte[] bytes(Object value) {
        return MAPPER.writeValueAsBytes(value);
    }

    private static String place(JacksonException e) {
        var at = e.getLocation();
        return at == null ? "" : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
    }
}
