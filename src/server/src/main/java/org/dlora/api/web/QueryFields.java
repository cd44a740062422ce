package org.dlora.api.web;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.util.MultiValueMap;
import org.springframework.util.StringUtils;

/** The parameters of a query, each read with its type. One that was not read is unknown. */
public final class QueryFields {
    private static final Pattern NUMBER = Pattern.compile("\\d{1,19}");

    private static final long LONGEST = Duration.ofDays(365).toMillis();

    /** Times that every database has. */
    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");

    private static final Instant LATEST = Instant.parse("+10000-01-01T00:00:00Z");

    private final MultiValueMap<String, String> query;
    private final TreeSet<String> known = new TreeSet<>();

    public QueryFields(MultiValueMap<String, String> query) {
        this.query = query;
    }

    /**
     * Returns a text; null if it is not given.
     *
     * @throws ApiException with status 400 if it is given twice
     */
    public @Nullable String text(String name) {
        known.add(name);
        var given = query.get(name);
        if (given == null || given.isEmpty()) {
            return null;
        }
        if (given.size() > 1) {
            throw ApiException.invalid(
                    name, "'%s' is given %d times: give it once.".formatted(name, given.size()));
        }
        return given.getFirst() == null ? "" : given.getFirst();
    }

    /**
     * Returns the value of a field that has one of some words; null if absent.
     *
     * @throws ApiException with status 400 if it is another
     */
    public @Nullable String choice(String name, List<String> words) {
        var given = text(name);
        if (given != null && !words.contains(given)) {
            throw ApiException.wrong(name, "one of " + String.join(", ", words), given);
        }
        return given;
    }

    /** Returns an integer from 1 to {@code max}, {@code usual} if it is not given. */
    public int count(String name, int usual, int max) {
        var given = text(name);
        if (given == null) {
            return usual;
        }
        long count = number(given).orElse(0L);
        if (count < 1 || count > max) {
            throw ApiException.wrong(name, "an integer from 1 to " + max, given);
        }
        return (int) count;
    }

    /** Returns milliseconds from 0 to a year; null if they are not given. */
    public @Nullable Long milliseconds(String name) {
        var given = text(name);
        if (given == null) {
            return null;
        }
        return number(given)
                .filter(value -> value <= LONGEST)
                .orElseThrow(
                        () -> ApiException.wrong(name, "milliseconds from 0 to " + LONGEST, given));
    }

    /** Returns a key of the history; null if it is not given. */
    public @Nullable Long key(String name) {
        var given = text(name);
        if (given == null) {
            return null;
        }
        return number(given)
                .orElseThrow(() ->
                        ApiException.wrong(
                                name, "the key of a row, or 'next' of the page before", given));
    }

    /** Returns a time; null if it is not given. */
    public @Nullable Instant time(String name) {
        var given = text(name);
        if (given == null) {
            return null;
        }
        try {
            var time = Instant.parse(given);
            if (!time.isBefore(EARLIEST) && time.isBefore(LATEST)) {
                return time;
            }
        } catch (DateTimeParseException _) {
            // Said below.
        }
        throw ApiException.wrong(name, "a time such as 2026-01-31T12:00:00Z", given);
    }

    /**
     * Refuses the first parameter that was not read.
     *
     * @throws ApiException if there is one
     */
    public void end() {
        for (var name : query.keySet()) {
            if (!known.contains(name)) {
                throw ApiException.unknown(StringUtils.truncate(name), known);
            }
        }
    }

    private static Optional<Long> number(String text) {
        try {
            return NUMBER.matcher(text).matches()
                    ? Optional.of(Long.parseLong(text))
                    : Optional.empty();
        } catch (NumberFormatException _) {
            return Optional.empty();
        }
    }
}
