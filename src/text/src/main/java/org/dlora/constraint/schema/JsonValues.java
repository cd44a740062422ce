package org.dlora.constraint.schema;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Values as JSON Schema compares them: numbers by value, so that 1 and 1.0 are one. */
final class JsonValues {
    private JsonValues() {}

    /** Returns a form that equal values share. */
    static JsonNode canonical(JsonNode value) {
        if (value.isNumber()) {
            return JsonNodeFactory.instance.numberNode(value.decimalValue().stripTrailingZeros());
        }
        if (value.isArray()) {
            var array = JsonNodeFactory.instance.arrayNode();
            value.forEach(item -> array.add(canonical(item)));
            return array;
        }
        if (value.isObject()) {
            var object = JsonNodeFactory.instance.objectNode();
            value.properties()
                    .forEach(entry -> object.set(entry.getKey(), canonical(entry.getValue())));
            return object;
        }
        return value;
    }

    /** Returns the forms that values equal to some share. */
    static Set<JsonNode> canonical(Collection<JsonNode> values) {
        var all = new HashSet<JsonNode>();
        values.forEach(value -> all.add(canonical(value)));
        return all;
    }
}
