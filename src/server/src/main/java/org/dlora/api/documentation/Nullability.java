package org.dlora.api.documentation;

import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.Schema;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Schemas of values that may be null, as OpenAPI 3.1 writes them. */
final class Nullability {
    private static final String NULL = "null";

    private Nullability() {}

    /** Returns a schema of null and the values of {@code schema}, which it may change. */
    static Schema<?> optional(Schema<?> schema) {
        boolean isRestricted =
                schema.get$ref() != null
                        || schema.getEnum() != null
                        || schema.getConst() != null
                        || schema.getAnyOf() != null;
        if (!isRestricted) {
            if (schema.getTypes() != null) {
                var types = new LinkedHashSet<>(schema.getTypes());
                types.add(NULL);
                schema.setTypes(types);
            }
            return schema;
        }
        var either = new JsonSchema();
        either.setAnyOf(List.of(schema, new JsonSchema().types(Set.of(NULL))));
        either.setDescription(schema.getDescription());
        return either;
    }
}
