package org.dlora.store;

import org.jspecify.annotations.Nullable;

/**
 * Texts as both databases take them. PostgreSQL refuses the character NUL and halves of surrogate
 * pairs; both become U+FFFD.
 */
public final class StoredText {
    /** Characters of a name at most. */
    static final int NAME = 255;

    private static final char REPLACEMENT = '\uFFFD';

    private StoredText() {}

    /** Returns a name, cut to {@value #NAME} characters. */
    public static String name(String text) {
        return clean(text, NAME);
    }

    /** Returns a name, cut to {@value #NAME} characters; null for null. */
    public static @Nullable String nameOrNull(@Nullable String text) {
        return text == null ? null : name(text);
    }

    /** Returns the first {@code max} characters of a text. */
    public static String clean(String text, int max) {
        int end = Math.min(text.length(), max);
        if (end < text.length() && end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        var kept = new StringBuilder(end);
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c)
                    && i + 1 < end
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                kept.append(c).append(text.charAt(++i));
            } else {
                kept.append(c == 0 || Character.isSurrogate(c) ? REPLACEMENT : c);
            }
        }
        return kept.toString();
    }
}
