package org.dlora.api.webhooks;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/**
 * Pause before the next attempt: doubled from attempt to attempt up to 5 min, of which a random
 * part of up to a half is left out, so that receivers are not called by all servers at once. A
 * longer time that the receiver asks for is kept, up to an hour.
 *
 * @param first pause
 * @param random draws from [0, 1)
 */
record RetryPause(Duration first, DoubleSupplier random) {
    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final Duration LONGEST_ASKED = Duration.ofHours(1);
    private static final int DOUBLINGS = 9;

    /**
     * Returns the pause.
     *
     * @param attempts that have failed, at least 1
     * @param retryAfter value of that header of the answer
     */
    Duration after(int attempts, Optional<String> retryAfter, Instant now) {
        var doubled = first.multipliedBy(1L << Math.min(attempts - 1, DOUBLINGS));
        var pause = doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
        var own = Duration.ofNanos((long) (pause.toNanos() * (1 - 0.5 * random.getAsDouble())));
        return retryAfter
                .flatMap(value -> asked(value.strip(), now))
                .filter(asked -> asked.compareTo(own) > 0)
                .map(asked -> asked.compareTo(LONGEST_ASKED) > 0 ? LONGEST_ASKED : asked)
                .orElse(own);
    }

    /** Reads seconds or a date, as RFC 9110 has both. */
    private static Optional<Duration> asked(String value, Instant now) {
        if (value.matches("[0-9]{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
        }
        try {
            var date = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME);
            return Optional.of(Duration.between(now, date.toInstant()));
        } catch (DateTimeException _) {
            return Optional.empty();
        }
    }
}
