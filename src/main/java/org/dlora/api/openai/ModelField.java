package org.dlora.api.openai;

import tools.jackson.databind.JsonNode;

/** Reader of the member {@code model}. */
final class ModelField {
    private ModelField() {}

    static String required(Fields fields) {
        return Fields.text(
                "model", fields.required("model", "the name of the base model or of an adapter"));
    }

    /** Returns the model of a completion: the version that its user gets. */
    static SelectedModel select(Fields fields, Served served) {
        var user = fields.any("user").filter(JsonNode::isString).map(JsonNode::stringValue);
        return served.select(required(fields), user.orElse(null));
    }

    /** Returns the model if one is given, else the base model, where any will do. */
    static SelectedModel optional(Fields fields, Served served) {
        return served.select(fields.text("model").orElse(served.name()), null);
    }
}
