package org.dlora.api.openai;

import java.util.Optional;

/** Reader of the member {@code model}. */
final class ModelField {
    private ModelField() {}

    static String required(Fields fields) {
        return Fields.text(
                "model", fields.required("model", "the name of the base model or of an adapter"));
    }

    /** Checks the model if one is given, for endpoints that do not depend on it. */
    static void optional(Fields fields, Served served) {
        Optional<String> model = fields.text("model");
        model.ifPresent(served::find);
    }
}
