package org.dlora.console.access;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import org.dlora.api.web.ApiException;
import org.jspecify.annotations.Nullable;

/**
 * Days of a filter, by UTC.
 *
 * @param since begin of the first day, null for the oldest
 * @param until end of the last day, null for the newest
 */
record DayRange(@Nullable Instant since, @Nullable Instant until) {
    private static final int FIRST_YEAR = 1970;
    private static final int LAST_YEAR = 9999;

    /**
     * Reads the fields of a filter.
     *
     * @param from first day, as {@code 2027-01-31}; may be empty
     * @param to last day; may be empty
     */
    static DayRange of(String from, String to) {
        var first = day("from", from);
        var last = day("to", to);
        return new DayRange(
                first == null ? null : first.atStartOfDay(ZoneOffset.UTC).toInstant(),
                last == null ? null : last.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant());
    }

    private static @Nullable LocalDate day(String name, String text) {
        if (text.isBlank()) {
            return null;
        }
        try {
            var day = LocalDate.parse(text.strip());
            if (day.getYear() >= FIRST_YEAR && day.getYear() <= LAST_YEAR) {
                return day;
            }
        } catch (DateTimeParseException _) {
            // Said below.
        }
        throw ApiException.wrong(name, "a day such as 2027-01-31", text);
    }
}
