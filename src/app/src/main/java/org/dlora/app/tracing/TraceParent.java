package org.dlora.app.tracing;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A W3C {@code traceparent} of version 00.
 *
 * @param traceId 32 hexadecimal digits
 * @param spanId 16 hexadecimal digits
 */
record TraceParent(String traceId, String spanId, boolean isSampled) {
    private static final Pattern FORM =
            Pattern.compile("00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})");

    /** Returns null for null, and for a text of another form. */
    static @Nullable TraceParent parse(@Nullable String text) {
        if (text == null) {
            return null;
        }
        var found = FORM.matcher(text);
        return found.matches()
                ? new TraceParent(
                        found.group(1),
                        found.group(2),
                        (Integer.parseInt(found.group(3), 16) & 1) == 1)
                : null;
    }

    /** Returns the text. */
    String text() {
        return "00-%s-%s-%s".formatted(traceId, spanId, isSampled ? "01" : "00");
    }
}
