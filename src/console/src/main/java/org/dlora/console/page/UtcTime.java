package org.dlora.console.page;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import org.dlora.api.web.ApiException;
import org.jspecify.annotations.Nullable;

/** Times of a filter's fields, which are in UTC unless they say otherwise. */
public final class UtcTime {
    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

    private UtcTime() {}

    /**
     * Reads a field.
     *
     * @param name of the field
     * @param text such as {@code 2026-01-31T12:00}; null or empty for none
     * @return null for none
     * @throws ApiException if it is no time since 1970
     */
    public static @Nullable Instant read(String name, @Nullable String text) {
        if (text == null || text.isBlank()) {
            return null;
        }
        try {
            var time =
                    text.endsWith("Z")
                            ? Instant.parse(text)
                            : LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
            if (!time.isBefore(Instant.EPOCH) && time.isBefore(LATEST)) {
                return time;
            }
        } catch (DateTimeParseException _) {
            // Said below.
        }
        throw ApiException.wrong(name, "a time such as 2026-01-31T12:00", text);
    }

    /** Returns a time as the field of a form has it; empty text for none. */
    public static String field(@Nullable Instant time) {
        return time == null ? "" : LocalDateTime.ofInstant(time, ZoneOffset.UTC).toString();
    }
}
