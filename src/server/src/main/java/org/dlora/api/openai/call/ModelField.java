package org.dlora.api.openai.call;

import org.dlora.api.web.Fields;
import org.dlora.security.Access;
import tools.jackson.databind.JsonNode;

/** Reader of the member {@code model}. A body without it is for the base model, as with vLLM. */
public final class ModelField {
    private ModelField() {}

    /** Returns the name in the body, or else that of the base model. */
    public static String name(Fields fields, ServedModel served) {
        return fields.text("model").orElse(served.name());
    }

    /** Returns the model of a completion: the version that its user gets. */
    public static SelectedModel select(Fields fields, ServedModel served, Access access) {
        var user = fields.any("user").filter(JsonNode::isString).map(JsonNode::stringValue);
        return served.select(name(fields, served), user.orElse(null), access);
    }

    /** Returns the model of a call that has no user. */
    public static SelectedModel selectForNobody(Fields fields, ServedModel served, Access access) {
        return served.select(name(fields, served), null, access);
    }
}
