package org.dlora.api.openai;

import java.util.Optional;

/** Reads the member {@code model}. */
final class Models {
    private Models() {}

    static String required(Fields fields) {
        return Fields.text(
                "model", fields.required("model", "the name of the base model or of an adapter"));
    }

    /** For endpoints where the model makes no difference: checked if given. */
    static void optional(Fields fields, Served served) {
        Optional<String> model = fields.text("model");
        model.ifPresent(served::find);
    }
}
