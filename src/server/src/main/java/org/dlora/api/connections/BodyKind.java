package org.dlora.api.connections;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Kind of a body, which decides its bounds, by its {@code Content-Type}, which may be malformed.
 */
enum BodyKind {
    /** Files, which are written as they come. */
    UPLOAD,
    /** Fields of a page. */
    FORM,
    OTHER;

    interface Headers {
        @Nullable String first(String name);
    }

    static BodyKind of(Headers headers) {
        @Nullable String given = headers.first("Content-Type");
        var type = given == null ? "" : given.strip().toLowerCase(Locale.ROOT);
        if (type.startsWith("multipart/")) {
            return UPLOAD;
        }
        return type.startsWith("application/x-www-form-urlencoded") ? FORM : OTHER;
    }
}
