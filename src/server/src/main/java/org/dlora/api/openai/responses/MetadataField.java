package org.dlora.api.openai.responses;

import java.util.LinkedHashMap;
import java.util.Map;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Reader of {@code metadata}: up to 16 short texts by short names. */
final class MetadataField {
    private static final int MOST = 16;
    private static final int LONGEST_KEY = 64;
    private static final int LONGEST_VALUE = 512;

    private MetadataField() {}

    static Map<String, String> read(Fields fields) {
        return fields.object("metadata").map(MetadataField::read).orElse(Map.of());
    }

    private static Map<String, String> read(ObjectNode given) {
        if (given.size() > MOST) {
            throw ApiException.invalid(
                    "metadata",
                    "'metadata' must have at most %d members, but has %d."
                            .formatted(MOST, given.size()));
        }
        var metadata = new LinkedHashMap<String, String>();
        for (var one : given.properties()) {
            var path = "metadata." + one.getKey();
            checkLength("metadata", "A name in 'metadata'", one.getKey(), LONGEST_KEY);
            var value = Fields.text(path, one.getValue());
            checkLength(path, "'" + path + "'", value, LONGEST_VALUE);
            metadata.put(one.getKey(), value);
        }
        return metadata;
    }

    /** Reads a text of the client's own that is as long as a value of {@code metadata} at most. */
    static @Nullable String text(Fields fields, String name) {
        var text = fields.text(name).orElse(null);
        if (text != null) {
            checkLength(name, "'" + name + "'", text, LONGEST_VALUE);
        }
        return text;
    }

    private static void checkLength(String param, String what, String text, int longest) {
        if (text.length() > longest) {
            throw ApiException.invalid(
                    param,
                    "%s must have at most %d characters, but has %d."
                            .formatted(what, longest, text.length()));
        }
    }
}
