package org.dlora.api.keys;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import org.dlora.api.web.ApiException;
import org.springframework.boot.convert.DurationStyle;

/** Reader of the times of keys, as calls and forms give them. */
public final class KeyTimes {
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private KeyTimes() {}

    /**
     * Returns a duration.
     *
     * @param field that has the text
     * @param text such as {@code 30d}
     * @throws ApiException with status 400 if it is none, or longer than a hundred years
     */
    public static Duration duration(String field, String text) {
        try {
            var duration = DurationStyle.detectAndParse(text);
            if (!duration.isNegative() && duration.compareTo(LONGEST) <= 0) {
                return duration;
            }
        } catch (IllegalArgumentException | ArithmeticException _) {
            // As if it were out of range.
        }
        throw ApiException.wrong(field, "a duration such as 30d or 12h, of at most 36500d", text);
    }

    /**
     * Returns a point in time.
     *
     * @param field that has the text
     * @param text such as {@code 2027-01-31T12:00:00Z}
     * @throws ApiException with status 400 if it is none
     */
    public static Instant time(String field, String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException _) {
            throw ApiException.wrong(field, "a time such as 2027-01-31T12:00:00Z", text);
        }
    }
}
