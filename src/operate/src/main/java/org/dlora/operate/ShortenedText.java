package org.dlora.operate;

import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** Texts of callers, shortened for messages and the log. */
public final class ShortenedText {
    private static final int LONGEST_NAME = 100;
    private static final int LONGEST_DETAILS = 500;
    private static final JsonMapper JSON = new JsonMapper();

    private ShortenedText() {}

    /** Returns a name, its begin alone if it is long. */
    public static String name(String text) {
        return of(text, LONGEST_NAME);
    }

    /** Returns the details of a command for the log. */
    public static String details(String text) {
        return of(text, LONGEST_DETAILS);
    }

    /** Returns the details of a command for the log: escaped, as they are JSON. */
    public static String details(Map<String, ?> details) {
        return details(JSON.writeValueAsString(details));
    }

    private static String of(String text, int longest) {
        return text.length() <= longest ? text : text.substring(0, longest) + " (truncated)...";
    }
}
